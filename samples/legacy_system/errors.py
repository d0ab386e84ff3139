"""What can go wrong when the sample system is started or steered (not what its own screens refuse)."""

from __future__ import annotations

from samples.errors import SamplesError


class LegacySystemError(SamplesError):
    """The sample system cannot do what it was asked."""
