"""What every test may ask for, and how tests share the cores."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadScopeScheduling

from aptmagic.local import environment
from tests.embedded_cloud import cloud, deployed_cloud, new_cloud, served, site
from tests.packages import dist, unpacked, zips

# As `make test` is run; whoever calls pytest by hand has a shell, too.
environment.clean(
    also=["DJANGO_SETTINGS_MODULE", "PYTEST_CURRENT_TEST", "PYTEST_VERSION"]
    + [f"PYTEST_XDIST_{what}" for what in ("TESTRUNUID", "WORKER", "WORKER_COUNT")]
)

# How long an example takes says how busy the machine is, and nothing of the code.
hypothesis_settings.register_profile("whatever-the-machine", deadline=None)
hypothesis_settings.load_profile("whatever-the-machine")

__all__ = ["cloud", "deployed_cloud", "dist", "new_cloud", "served", "site", "unpacked", "zips"]


@pytest.fixture(autouse=True)
def in_nobodys_language() -> Iterator[None]:
    """A request leaves its reader's language behind in the thread, as in a server."""
    yield
    translation.deactivate()


# The files that need the packages, which one process builds.
PACKED = ("tests/site/test_package.py", "tests/site/test_release.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They begin, since they take longest: nothing waits for them at the end."""
    items.sort(key=lambda item: _file(item.nodeid) not in PACKED)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return ByFile(config, log)


class ByFile(LoadScopeScheduling):
    """A file stays in one process, where its fixtures are."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        return "zips" if file in PACKED else file


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
