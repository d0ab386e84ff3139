"""Fixtures of other rooms that whole journeys use."""

from tests.verification.conftest import enter

__all__ = ["enter"]
