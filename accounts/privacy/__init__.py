"""Data export, import and account deletion."""
