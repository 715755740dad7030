"""Notifications and the weekly digest."""
