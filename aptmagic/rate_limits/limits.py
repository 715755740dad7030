"""Rate limits by user, network address, account or token.

`settings.RATE_LIMITS` defines the kinds. Counters are stored under a keyed hash, so they identify
nobody.
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

from aptmagic.errors import Busy, TooManyRequests
from aptmagic.rate_limits import backends
from aptmagic.service_backends import load_backend

logger = logging.getLogger(__name__)

# An IPv6 subscriber has a whole network of addresses, so the network is counted.
IPV6_NETWORK_PREFIX = 64
# Some have a /48, which is 65,536 networks; so may a provider of many homes, hence the factor.
IPV6_SITE_PREFIX, IPV6_SITE_FACTOR = 48, 10
ADDRESS = "address"
MESSAGES: dict[str, Promise] = {
    "sign-in": gettext_lazy("Too many sign-in attempts."),
    "sign-in-known": gettext_lazy("Too many sign-in attempts."),
    "sign-up": gettext_lazy("Too many accounts have been created from your network."),
    "code": gettext_lazy("Too many wrong codes."),
    "code-asked": gettext_lazy("Too many wrong codes."),
    "totp": gettext_lazy("Too many wrong codes."),
    "forgot": gettext_lazy("Too many e-mails have been requested."),
    "forgot-known": gettext_lazy("Too many e-mails have been requested."),
    "generate": gettext_lazy("You’re creating pictures too quickly."),
    "export": gettext_lazy("You’ve reached today’s limit for exports."),
    "moderation": gettext_lazy("You’ve made too many edits in a short time."),
    "publish": gettext_lazy("You’ve published a lot of pictures in a short time."),
    "profile": gettext_lazy("You’ve changed your profile too many times in a short time."),
    "import-picture": gettext_lazy("You’ve reached today’s limit for imported pictures."),
}
DEFAULT_MESSAGE = gettext_lazy("Too many requests in a short time.")


def hit(kind: str, *, amount: int = 1, **who: str | None) -> None:
    """Count one occurrence of `kind`, or `amount` of what it counts (requests, characters).

    `who` says whose counters to use: `hit("sign-in", account=email, address=ip)`. They are counted
    in the order of settings.RATE_LIMITS, addresses first, so that a refused address doesn't use up
    the limit of somebody's account.

    Raises TooManyRequests over a limit. When the backend is unavailable, raises Busy unless the
    kind has `fail_open`.
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
    """What happened, and when to try again; `wait` is in seconds."""
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
            logger.exception("rate limit %s is not counted", kind)
            return 0
        raise Busy(
            _("This isn’t possible right now. Nothing was changed; please try again."),
            retry_after=5,
        ) from error


def _counters(whose: str, who: str | None) -> Iterator[tuple[str, int]]:
    """The names to count under, each with the factor by which its limit is larger."""
    if not who:
        return
    if whose != ADDRESS:
        yield who, 1
    elif found := counted_network(who):
        yield found, 1
        if "/" in found:
            yield str(ip_network(found).supernet(new_prefix=IPV6_SITE_PREFIX)), IPV6_SITE_FACTOR


def counted_network(address: str) -> str | None:
    """The address, or its /64 network for IPv6; None for a private or reserved address.

    Those say nothing about who is asking: they belong to a home network or a proxy.
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
