"""What every test may ask for, and how tests share the cores."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from tests.embedded import cloud, new_cloud, running_cloud, served, site
from tests.packages import dist, packages, unpacked

__all__ = ["cloud", "dist", "new_cloud", "packages", "running_cloud", "served", "site", "unpacked"]


@pytest.fixture(autouse=True)
def in_nobodys_language() -> Iterator[None]:
    """A request leaves its reader's language behind in the thread, as in a server."""
    yield
    translation.deactivate()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file stays on one core, where its fixtures are; what needs the packages stays together.

    The packages begin, since they take longest: nothing else waits for them at the end.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: _group(item) != PACKAGES)


PACKAGES = "packages"


def _group(item: pytest.Item) -> str:
    return (
        PACKAGES if "packages" in getattr(item, "fixturenames", ()) else item.nodeid.split("::")[0]
    )
