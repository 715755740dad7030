"""Profiles, handles, avatars and preferences."""
