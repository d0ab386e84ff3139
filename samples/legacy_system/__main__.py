"""``python -m samples.legacy_system``."""

from samples.legacy_system.server import main

if __name__ == "__main__":
    raise SystemExit(main())
