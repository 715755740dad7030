"""Moderation lets everything through: these tests are about other things."""

from tests.unit.content import easygoing

__all__ = ["easygoing"]
