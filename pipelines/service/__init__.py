"""``utsushi serve``: starts and supervises the processes of one machine."""
