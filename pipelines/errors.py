"""What can go wrong between the rooms, told to whoever started the command."""

from __future__ import annotations

from foundation.errors import UtsushiError


class PipelineError(UtsushiError):
    """A step that cannot go on."""


class ServiceDied(PipelineError):
    """A process that the service needs ended or never answered."""
