"""``python -m pipelines`` is ``utsushi``."""

from pipelines.cli import main

main()
