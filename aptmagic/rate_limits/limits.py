"""How often one person, one address, one account or one token may do something.

`settings.RATE_LIMITS` names the kinds. What is counted is kept under a hash that only we can
make, so
that the counters know nobody.
"""

import logging
import math
import time
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address, ip_network
from typing import cast

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from aptmagic.backends import load_backend
from aptmagic.errors import Busy, TooManyRequests
from aptmagic.rate_limits import backends

logger = logging.getLogger(__name__)

# Whoever has one IPv6 address has as many as they like of the same network.
IPV6_NETWORK_PREFIX = 64
# And whoever has a network may have 65,536 of them; so has a provider of many homes, though.
IPV6_SITE_PREFIX, IPV6_SITE_FACTOR = 48, 10
ADDRESS = "address"
MESSAGES: dict[str, Promise] = {
    "sign-in": gettext_lazy("Too many sign-in attempts."),
    "sign-in-known": gettext_lazy("Too many sign-in attempts."),
    "sign-up": gettext_lazy("Too many accounts have been created from your network."),
    "code": gettext_lazy("Too many attempts with a code."),
    "code-asked": gettext_lazy("Too many attempts with a code."),
    "totp": gettext_lazy("Too many attempts with a code."),
    "forgot": gettext_lazy("Too many e-mails have been requested."),
    "forgot-known": gettext_lazy("Too many e-mails have been requested."),
    "generate": gettext_lazy("You’re creating pictures too quickly."),
    "export": gettext_lazy("You’ve reached today’s limit for exports."),
    "moderation": gettext_lazy("You’ve changed a lot of text in a short time."),
    "publish": gettext_lazy("You’ve published a lot of pictures in a short time."),
    "profile": gettext_lazy("You’ve changed your profile too many times in a short time."),
    "import-picture": gettext_lazy("You’ve reached today’s limit for imported pictures."),
}
DEFAULT_MESSAGE = gettext_lazy("Too many requests in a short time.")


def hit(kind: str, *, amount: int = 1, **who: str | None) -> None:
    """Count that it happens once more. Raises TooManyRequests; Busy for what must not happen
    uncounted.

    `amount` is how often at once, or how much of what `kind` counts.

    `who` says whose count it is: `hit("sign-in", account=email, address=ip)`. An address goes
    first, so that one which is refused uses up nothing of anybody's account. The others keep the
    order of settings.RATE_LIMITS.
    """
    limit = settings.RATE_LIMITS[kind]
    for whose, (size, seconds) in limit["limits"].items():
        for name, times in _counters(whose, who.get(whose)):
            bucket = f"{kind}#{whose}#{_hashed(name)}"
            new_hit = backends.new_hit(size * times, seconds, time.time(), amount)
            wait = _seconds_to_wait(kind, bucket, new_hit)
            if wait > 0:
                raise TooManyRequests(too_many_message(kind, wait), retry_after=math.ceil(wait))


def too_many_message(kind: str, wait: float) -> str:
    """The sentences for a wait in seconds."""
    return f"{MESSAGES.get(kind, DEFAULT_MESSAGE)} {_try_again(math.ceil(wait))}"


def _try_again(seconds: int) -> str:
    if seconds < 60:
        text = ngettext("Try again in %(n)s second.", "Try again in %(n)s seconds.", seconds)
        return text % {"n": seconds}
    if seconds < 3600:
        minutes = math.ceil(seconds / 60)
        text = ngettext("Try again in %(n)s minute.", "Try again in %(n)s minutes.", minutes)
        return text % {"n": minutes}
    hours = math.ceil(seconds / 3600)
    text = ngettext("Try again in %(n)s hour.", "Try again in %(n)s hours.", hours)
    return text % {"n": hours}


def _seconds_to_wait(kind: str, bucket: str, hit: backends.Hit) -> float:
    backend = cast(backends.Backend, load_backend("RATE_LIMIT_BACKEND"))
    try:
        return backend.hit(bucket, hit)
    except backends.Unavailable as error:
        if settings.RATE_LIMITS[kind]["fail_open"]:
            logger.exception("%s goes uncounted", kind)
            return 0
        raise Busy(
            _("This isn’t possible right now. Nothing was changed; please try again."),
            retry_after=5,
        ) from error


def _counters(whose: str, who: str | None) -> Iterator[tuple[str, int]]:
    """Whose counts go up, and how many times as large as usual each one is."""
    if not who:
        return
    if whose != ADDRESS:
        yield who, 1
    elif found := counted_network(who):
        yield found, 1
        if "/" in found:
            yield str(ip_network(found).supernet(new_prefix=IPV6_SITE_PREFIX)), IPV6_SITE_FACTOR


def counted_network(address: str) -> str | None:
    """Whose address it is, as far as one can tell; None for one that many have, as in a network at
    home or behind a proxy: it says nothing of who asks.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if not found.is_global:
        return None
    if found.version == 6:
        return str(ip_network((str(found), IPV6_NETWORK_PREFIX), strict=False))
    return str(found)


def _hashed(name: str) -> str:
    return salted_hmac(
        "aptmagic.rate_limits.limits", name.casefold(), algorithm="sha256"
    ).hexdigest()[:40]
