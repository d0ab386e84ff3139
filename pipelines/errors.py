"""Errors of this room, shown to the person who started the command."""

from __future__ import annotations

from foundation.errors import UtsushiError


class PipelineError(UtsushiError):
    """A step that cannot continue."""


class ServiceDied(PipelineError):
    """A process of the service ended or did not answer."""
