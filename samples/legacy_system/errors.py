"""Errors when the sample system is started or controlled (not the refusals of its own screens)."""

from __future__ import annotations

from samples.errors import SamplesError


class LegacySystemError(SamplesError):
    """The sample system cannot do what it was asked."""
