"""``utsushi doctor``: what may be wrong with a machine or an office, and how to mend it."""
