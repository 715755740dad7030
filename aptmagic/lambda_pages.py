"""Pages on Lambda: an HTTP API request (payload 2.0) becomes a WSGI request, and back.

Zappa reads the request. Its own handler is not used: it needs werkzeug for the way back, which
alone takes 50 ms of a cold start, doubles Set-Cookie, takes `raw_command` for a request, and sets
environment variables that a stage of the API names.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from zappa.wsgi import create_wsgi_request

from aptmagic.wsgi import application

SITE = urlsplit(settings.SITE_URL)
TEXT = ("text/", "application/json", "application/problem+json", "application/manifest+json")

# Addresses and the first page's template, while nobody waits.
reverse("healthz")
get_template("gallery/explore.html")


def is_request(event: Mapping[str, Any]) -> bool:
    context = event.get("requestContext")
    return (
        event.get("version") == "2.0"
        and isinstance(event.get("rawPath"), str)
        and isinstance(event.get("headers"), Mapping)
        and isinstance(context, Mapping)
        and isinstance(context.get("http"), Mapping)
    )


def answer(event: Mapping[str, Any]) -> dict[str, Any]:
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> None:
        begun[:] = [(status, headers)]

    parts = application(_environ(event), start_response)
    try:
        body = b"".join(parts)
    finally:
        getattr(parts, "close", _nothing)()
    status, headers = begun[0]
    return {"statusCode": int(status[:3]), **_headers(headers), **_body(headers, body)}


def _nothing() -> None:
    pass


def _environ(event: Mapping[str, Any]) -> dict[str, Any]:
    """As the browser sees it: CloudFront does not tell the host, and API Gateway is always https.

    The address is whoever asked the API; `http.known_by_our_word` knows who asked CloudFront.
    """
    environ: dict[str, Any] = create_wsgi_request(event, binary_support=True)
    environ |= {
        "HTTP_HOST": SITE.netloc,
        "SERVER_NAME": SITE.hostname,
        "SERVER_PORT": str(SITE.port or (443 if SITE.scheme == "https" else 80)),
        "HTTP_X_FORWARDED_PROTO": SITE.scheme,
        "wsgi.url_scheme": SITE.scheme,
        "REMOTE_ADDR": event["requestContext"]["http"].get("sourceIp", ""),
    }
    return environ


def _headers(headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Cookies have a place of their own, where each comes out once."""
    cookies: list[str] = []
    others: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        if name == "set-cookie":
            cookies.append(value.strip())  # Django puts a space before it
        else:
            others[name] = f"{others[name]}, {value}" if name in others else value
    return {"headers": others, "cookies": cookies}


def _body(headers: Iterable[tuple[str, str]], body: bytes) -> dict[str, Any]:
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    packed = any(name.lower() == "content-encoding" for name, _ in headers)
    if kind.startswith(TEXT) and not packed:
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass  # a charset of its own
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
