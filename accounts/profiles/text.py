"""What people say of themselves: name, bio and links, checked once for page and API."""

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

NAME_MOST, BIO_MOST, LINK_MOST, LINKS_MOST = 50, 500, 200, 5
LINKS_SENT = 100  # the same one may be sent several times
LABEL = "(?!-)[a-z0-9-]{1,63}(?<!-)"
HOST = re.compile(rf"({LABEL}\.)+(?=[a-z]){LABEL}")
UNLIKELY = re.compile(r"[\s\"'<>\\`]")


@dataclass(frozen=True)
class ProfileText:
    name: str = ""
    bio: str = ""
    links: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        return self.name, self.bio


def validate(*, name: str = "", bio: str = "", links: Iterable[str] = ()) -> ProfileText:
    """All of it in one spelling. Raises Invalid with one sentence for each wrong field."""
    said = ProfileText(" ".join(normalise(name).split()), normalise(bio), tuple(_once(links)))
    errors = {"name": _name_error(said.name), "bio": _bio_error(said.bio)}
    try:
        errors["links"] = _links_error(said.links)
        if not errors["links"]:
            said = replace(said, links=tuple(_once(map(_link, said.links))))
    except Invalid as refused:
        errors["links"] = str(refused)
    found = {field: [error] for field, error in errors.items() if error}
    if found:
        raise Invalid(next(iter(found.values()))[0], fields=found)
    return said


def display_link(link: str) -> str:
    """A link as it is read: without what all of them begin with."""
    return link.removeprefix("https://").removeprefix("www.").rstrip("/")


def _once(links: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, (link.strip() for link in links))))


def _name_error(name: str) -> str | None:
    if len(name) > NAME_MOST:
        return _("This name has %(count)s characters. The maximum is 50.") % {"count": len(name)}
    if INVISIBLE_CHARACTERS.search(name):
        return _("This name contains invisible characters. Please retype it.")
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))
    if any(handles.BRAND in look for look in handles.skeleton(plain)):
        return _("This name could be mistaken for one of ours. Choose another one.")
    return None


def _bio_error(bio: str) -> str | None:
    if len(bio) > BIO_MOST:
        return _("This text has %(count)s characters. The maximum is 500.") % {"count": len(bio)}
    if INVISIBLE_CHARACTERS.search(bio):
        return _("This text contains invisible characters. Paste it as plain text.")
    return None


def _links_error(links: tuple[str, ...]) -> str | None:
    if len(links) > LINKS_MOST:
        return _("You have %(count)s links. The maximum is 5.") % {"count": len(links)}
    return None


def _link(typed: str) -> str:
    """The address with its host as machines write it, so that no letter passes for another."""
    quoted = {"link": INVISIBLE_CHARACTERS.sub("", typed)[:60]}
    if len(typed) > LINK_MOST:
        raise Invalid(_("“%(link)s…” is too long. The maximum is 200 characters.") % quoted)
    if typed.lower().startswith("http:"):
        raise Invalid(_("“%(link)s” isn’t secure. Links must start with https://.") % quoted)
    address = typed if "://" in typed else f"https://{typed}"
    host = _host(address)
    if host is None:
        raise Invalid(
            _("“%(link)s” isn’t a complete link. Enter one such as https://example.org.") % quoted
        )
    return str(iri_to_uri(urlsplit(address)._replace(netloc=host).geturl()))


def _host(address: str) -> str | None:
    """Whom a link leads to, when that is plain to see."""
    try:
        part = urlsplit(address)
        host = (part.hostname or "").encode("idna").decode()
        plain = part.scheme == "https" and part.username is None and part.port is None
    except ValueError:  # a UnicodeError is one too
        return None
    odd = UNLIKELY.search(address) or INVISIBLE_CHARACTERS.search(address)
    return host if plain and not odd and HOST.fullmatch(host) else None
