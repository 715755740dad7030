"""Public profile pages and author statistics."""
