"""API tokens, their scopes and spending limits."""
