"""``utsushi read`` and ``evaluate``: reading alone, without database and Prefect."""

from __future__ import annotations

NEEDS_PERSON = 3
