"""Theme and language of one browser, kept in two cookies, so that pages need no read for them.

Without a cookie the browser's own preference applies. Cookies are validated whenever they are read.
"""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request

from aptmagic.web import cookies

AUTO, LIGHT, DARK = "auto", "light", "dark"
THEMES = (AUTO, LIGHT, DARK)
COOKIE_AGE = timedelta(days=365)


def theme(request: HttpRequest) -> str:
    said = request.COOKIES.get(settings.THEME_COOKIE_NAME, AUTO)
    return said if said in THEMES else AUTO


def language(request: HttpRequest) -> str:
    """The code of the chosen language; empty for the browser's."""
    said = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return said if said in dict(settings.LANGUAGES) else ""


def browser_language(request: HttpRequest) -> str:
    """The language of Accept-Language, whatever was chosen here."""
    asked = HttpRequest()
    asked.META = request.META
    return get_language_from_request(asked)


def set_cookies(
    response: HttpResponse, *, theme: str, language: str, clear_unset: bool = True
) -> None:
    """Remember both in this browser.

    An automatic theme or an empty language deletes its cookie, unless `clear_unset` is False.
    """
    said = {
        settings.THEME_COOKIE_NAME: "" if theme == AUTO else theme,
        settings.LANGUAGE_COOKIE_NAME: language,
    }
    for name, value in said.items():
        if value:
            cookies.set_cookie(response, name, value, max_age=COOKIE_AGE)
        elif clear_unset:
            cookies.delete_cookie(response, name)
