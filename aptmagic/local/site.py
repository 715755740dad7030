"""The site as `make run` serves it: the WSGI application, and /static/ in place of CloudFront."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from whitenoise import WhiteNoise

from aptmagic.wsgi import application as pages

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def redirect_localhost(site: Application) -> Application:
    """Redirect `localhost` to the host of SITE_URL.

    Cookies, the Content-Security-Policy and the redirect after an upload belong to one host.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _is_localhost_page(environ):
            return site(environ, start_response)
        path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe="/@:")
        query = environ.get("QUERY_STRING", "")
        there = f"{settings.SITE_URL}{path}{'?' if query else ''}{query}"
        start_response("307 Temporary Redirect", [("Location", there), ("Content-Length", "0")])
        return []

    return answer


def _is_localhost_page(environ: dict[str, Any]) -> bool:
    """Whether this is a page request to `localhost`; API clients are not redirected."""
    name = environ.get("HTTP_HOST", "").rpartition(":")[0] or environ.get("HTTP_HOST", "")
    looks = environ["REQUEST_METHOD"] in ("GET", "HEAD")
    ours = urlsplit(settings.SITE_URL).hostname
    return looks and name == "localhost" != ours and not environ["PATH_INFO"].startswith("/api/v")


# Files are looked up on each request, so that a changed stylesheet shows at once.
files = WhiteNoise(pages, autorefresh=True, max_age=0, charset="utf-8")
for finder in get_finders():
    for storage in getattr(finder, "storages", {}).values():
        files.add_files(storage.location, prefix=settings.STATIC_URL)
application = redirect_localhost(files)
