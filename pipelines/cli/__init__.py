"""The command line: ``utsushi …``. Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 some need a person."""

from pipelines.cli.main import app, main

__all__ = ["app", "main"]
