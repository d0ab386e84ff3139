"""``utsushi doctor``: finds faults in the set-up of a machine or an office, and how to fix them."""
