"""Errors of the workshop: each says to the person at the screen what to do instead."""

from __future__ import annotations

from bots.base.errors import BotError


class WorkshopError(BotError):
    """An act or an edit that cannot be done."""
