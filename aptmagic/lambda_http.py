"""HTTP on Lambda: converts HTTP API events (payload 2.0) to WSGI requests and back.

Uses apig-wsgi. Zappa's own handler takes 75 ms of a cold start, doubles Set-Cookie, executes
`raw_command`, and sets environment variables from the API's stage variables.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from apig_wsgi import DEFAULT_NON_BINARY_CONTENT_TYPE_PREFIXES, make_lambda_handler
from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

from aptmagic.wsgi import application

SITE = urlsplit(settings.SITE_URL)
TEXT_CONTENT_TYPES = (*DEFAULT_NON_BINARY_CONTENT_TYPE_PREFIXES, "application/manifest+json")

# Load the URLs and the first page's template during the init phase.
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


def handle(event: Mapping[str, Any]) -> dict[str, Any]:
    # WSGI maps "x_name" and "x-name" to one key: drop the former, which could forge CloudFront's.
    headers = {name: value for name, value in event["headers"].items() if "_" not in name}
    response: dict[str, Any] = _handle({**event, "headers": headers}, None)
    return response


def _wsgi_app(environ: dict[str, Any], start_response: Any) -> Any:
    """Set host and scheme, which CloudFront does not forward, to those of the site.

    REMOTE_ADDR is the caller of the API; `cloudfront_only` replaces it with the visitor's address.
    """
    environ |= {
        "HTTP_HOST": SITE.netloc,
        "SERVER_NAME": SITE.hostname,
        "SERVER_PORT": str(SITE.port or (443 if SITE.scheme == "https" else 80)),
        "HTTP_X_FORWARDED_PROTO": SITE.scheme,
        "wsgi.url_scheme": SITE.scheme,
    }
    return application(environ, start_response)


_handle = make_lambda_handler(_wsgi_app, non_binary_content_type_prefixes=TEXT_CONTENT_TYPES)
