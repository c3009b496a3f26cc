"""Fixtures of the application's tests."""

from walker import walk

__all__ = ["walk"]
