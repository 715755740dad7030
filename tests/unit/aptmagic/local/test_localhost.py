"""`localhost` is the same machine, and another host for a browser: pages are shown at one."""

from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from aptmagic.local.site import redirect_localhost


def asked(method: str, url: str, host: str) -> tuple[str, str]:
    said: list[Any] = []

    def site(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return []

    path, _, query = url.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "HTTP_HOST": host,
    }
    redirect_localhost(site)(environ, lambda *answer: said.append(answer))
    status, headers = said[0]
    return status[:3], dict(headers).get("Location", "")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path", ["/", "/create/?from=1&x=%C3%A9", "/@l%C3%AA/", "/api/docs/", "/x%0D%0Ay"]
)
def test_a_page_is_shown_where_the_site_says_it_is(settings: Any, method: str, path: str) -> None:
    settings.SITE_URL = "http://127.0.0.1:8080"
    assert asked(method, path, "localhost:8080") == ("307", f"http://127.0.0.1:8080{path}")


@pytest.mark.parametrize(
    ("method", "path", "host"),
    [
        ("GET", "/create/", "127.0.0.1:8080"),
        ("POST", "/sign-out/", "localhost:8080"),
        ("GET", "/api/v1/models/", "localhost:8080"),
        ("POST", "/api/v1/generations/", "localhost:8080"),
        ("GET", "/", "evil.example"),
    ],
)
def test_everything_else_is_answered_where_it_is_asked(
    settings: Any, method: str, path: str, host: str
) -> None:
    settings.SITE_URL = "http://127.0.0.1:8080"
    assert asked(method, path, host) == ("200", "")


def test_a_site_whose_address_is_localhost_stays_there(settings: Any) -> None:
    settings.SITE_URL = "http://localhost:8080"
    assert asked("GET", "/", "localhost:8080") == ("200", "")
