"""Validates the text of a profile, for pages and the API: name, bio and links."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from accounts.profiles import handles
from aptmagic.errors import Invalid
from aptmagic.text import INVISIBLE_CHARACTERS, normalise

MAX_NAME, MAX_BIO, MAX_LINK, MAX_LINKS = 50, 500, 200, 5
MAX_LINKS_SENT = 100  # before duplicates are removed
LABEL = "(?!-)[a-z0-9-]{1,63}(?<!-)"
HOST = re.compile(rf"({LABEL}\.)+(?=[a-z]){LABEL}")
UNSAFE_CHARACTERS = re.compile(r"[\s\"'<>\\`]")


@dataclass(frozen=True)
class ProfileText:
    name: str = ""
    bio: str = ""
    links: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        return self.name, self.bio


def validate(*, name: str = "", bio: str = "", links: Iterable[str] = ()) -> ProfileText:
    """The text, normalised. Raises Invalid with one message per invalid field."""
    result = ProfileText(" ".join(normalise(name).split()), normalise(bio), tuple(_unique(links)))
    errors = {"name": _name_error(result.name), "bio": _bio_error(result.bio)}
    try:
        errors["links"] = _links_error(result.links)
        if not errors["links"]:
            result = replace(result, links=tuple(_unique(map(_link, result.links))))
    except Invalid as refused:
        errors["links"] = str(refused)
    found = {field: [error] for field, error in errors.items() if error}
    if found:
        raise Invalid(next(iter(found.values()))[0], fields=found)
    return result


def display_link(link: str) -> str:
    """A link as it is shown: without https:// and www."""
    return link.removeprefix("https://").removeprefix("www.").rstrip("/")


def _unique(links: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, (link.strip() for link in links))))


def _name_error(name: str) -> str | None:
    if len(name) > MAX_NAME:
        return _("This name is too long. The limit is 50 characters.")
    if INVISIBLE_CHARACTERS.search(name):
        return _("This name contains invisible characters. Please retype it.")
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))
    if any(handles.BRAND in look for look in handles.skeleton(plain)):
        return _("This name could be mistaken for one of ours. Choose another one.")
    return None


def _bio_error(bio: str) -> str | None:
    if len(bio) > MAX_BIO:
        return _("This text is too long. The limit is 500 characters.")
    if INVISIBLE_CHARACTERS.search(bio):
        return _("This text contains invisible characters. Paste it as plain text.")
    return None


def _links_error(links: tuple[str, ...]) -> str | None:
    if len(links) > MAX_LINKS:
        return _("You have %(count)s links. The limit is 5.") % {"count": len(links)}
    return None


def _link(typed: str) -> str:
    """The URL with its host in punycode, so that look-alike letters show."""
    quoted = {"link": INVISIBLE_CHARACTERS.sub("", typed)[:60]}
    if len(typed) > MAX_LINK:
        raise Invalid(_("“%(link)s…” is too long. The limit is 200 characters.") % quoted)
    if typed.lower().startswith("http:"):
        raise Invalid(_("“%(link)s” isn’t secure. Links must start with https://.") % quoted)
    address = typed if "://" in typed else f"https://{typed}"
    host = _host(address)
    if host is None:
        raise Invalid(
            _(
                "“%(link)s” isn’t a complete link. Enter the full address, such as https://example.org."
            )
            % quoted
        )
    return str(iri_to_uri(urlsplit(address)._replace(netloc=host).geturl()))


def _host(address: str) -> str | None:
    """The host of the link; None unless it is a plain https URL."""
    try:
        part = urlsplit(address)
        host = (part.hostname or "").encode("idna").decode()
        plain = part.scheme == "https" and part.username is None and part.port is None
    except ValueError:  # a UnicodeError is one too
        return None
    odd = UNSAFE_CHARACTERS.search(address) or INVISIBLE_CHARACTERS.search(address)
    return host if plain and not odd and HOST.fullmatch(host) else None
