"""Normalises e-mail addresses: invisible characters removed, lower case, domain in punycode."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.crypto import salted_hmac

# Zero-width spaces and joiners, byte order marks, soft hyphens, marks of direction, controls.
INVISIBLE_CATEGORIES = ("Cf", "Cc")
MAX_LENGTH, MAX_LOCAL_PART = 254, 64  # RFC 5321
# Mail for these reaches the same mailbox with or without dots.
DOTLESS = {"gmail.com", "googlemail.com"}


def normalise(typed: str) -> str:
    """The address as it is stored. Raises ValidationError, without a message."""
    seen = "".join(
        each for each in typed if unicodedata.category(each) not in INVISIBLE_CATEGORIES
    ).strip()
    name, at, domain = unicodedata.normalize("NFKC", seen).rpartition("@")
    if not at or not name.isascii():
        raise ValidationError("", code="invalid")
    address = f"{name}@{_to_punycode(domain)}".lower()
    validate_email(address)
    if len(address) > MAX_LENGTH or len(name) > MAX_LOCAL_PART:
        raise ValidationError("", code="max_length")
    return address


def _to_punycode(domain: str) -> str:
    if domain.isascii():
        return domain
    import idna  # slow to import, and rarely needed

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValidationError("", code="invalid") from error


def mailbox(address: str) -> str:
    """The mailbox of an address (`ada+fox@…` is `ada@…`), for counting; nothing is sent to it."""
    name, _, domain = address.lower().rpartition("@")
    name = name.partition("+")[0] or name
    if domain in DOTLESS:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"


def fingerprint(address: str) -> str:
    """A keyed hash of the mailbox, which reveals no address."""
    return salted_hmac(__name__, mailbox(address), algorithm="sha256").hexdigest()
