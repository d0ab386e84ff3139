"""``utsushi demo``: the whole job once over the samples, with real parts, in a folder of its own."""
