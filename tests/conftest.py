"""What every test may ask for."""

from tests.embedded import cloud, new_cloud, running_cloud, served, site

__all__ = ["cloud", "new_cloud", "running_cloud", "served", "site"]
