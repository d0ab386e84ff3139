"""Benchmarks and stress runs of the whole system; `./run bench NAME` starts one."""
