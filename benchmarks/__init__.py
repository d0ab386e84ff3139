"""Runs that measure or torment the product and are no tests; each is started by `./run bench NAME`."""
