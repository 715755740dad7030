"""An HTML page needs neither Pillow nor the JSON API's libraries, and does not import them."""

import json
import subprocess
import sys

import pytest

FRESH = """
import json, sys
import django
django.setup()
from django.test import Client
asked = {}
for path in sys.argv[1:]:
    status = Client().get(path).status_code
    asked[path] = [status, [m for m in sys.modules if m.partition(".")[0] in %r]]
print(json.dumps(asked))
"""
HEAVY = (
    *("PIL", "numpy", "thumbhash", "rest_framework", "drf_spectacular", "jwt", "cryptography"),
    *("anymail", "requests", "storages", "valkey"),
)
# What an installed app always imports: its package and its configuration.
LIGHT = {"drf_spectacular", "drf_spectacular.apps", "drf_spectacular.checks"}


@pytest.fixture(scope="module")
def asked() -> dict[str, tuple[int, set[str]]]:
    """Status and heavy modules after each page, in a process that has just started."""
    paths = ["/sign-in/", "/sign-up/", "/robots.txt", "/nowhere/", "/api/v1/models/", "/api/docs/"]
    answer = subprocess.run(
        [sys.executable, "-c", FRESH % (HEAVY,), *paths],
        capture_output=True,
        text=True,
        check=True,
        env={"DJANGO_SETTINGS_MODULE": "aptmagic.settings"},
    )
    found = json.loads(answer.stdout)
    return {path: (status, set(modules) - LIGHT) for path, (status, modules) in found.items()}


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-up/", "/robots.txt", "/nowhere/"])
def test_a_page_imports_nothing_heavy(asked: dict, path: str) -> None:
    assert asked[path] == (404 if path == "/nowhere/" else 200, set())


def test_the_api_imports_what_it_needs_when_it_is_asked(asked: dict) -> None:
    status, modules = asked["/api/v1/models/"]
    assert status == 200
    assert "rest_framework.views" in modules
    assert "PIL" not in modules


def test_the_api_documents_itself(asked: dict) -> None:
    assert asked["/api/docs/"][0] == 200
