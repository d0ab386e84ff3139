"""``utsushi serve``: the processes of one machine, started and watched."""
