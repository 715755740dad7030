"""Signing out everywhere."""

from accounts.api_tokens import tokens
from accounts.identity import sessions


def everywhere(user_id: str) -> None:
    """End every session of the user and revoke every API token. Idempotent."""
    sessions.end_all(user_id)
    tokens.revoke_all(user_id)
