"""Moderation lets everything through: these tests are about other things."""

from tests.unit.posts_and_queues import fake_moderation

__all__ = ["fake_moderation"]
