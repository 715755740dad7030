"""What every test may ask for."""

from tests.embedded import cloud, new_cloud, running_cloud, served, site
from tests.packages import dist, packages, unpacked

__all__ = ["cloud", "dist", "new_cloud", "packages", "running_cloud", "served", "site", "unpacked"]
