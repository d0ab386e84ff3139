"""Runs that measure or stress the whole and are no tests; each is started by `./run bench NAME`."""
