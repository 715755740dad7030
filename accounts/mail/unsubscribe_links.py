"""The link at the foot of a letter that stops its kind, without signing in (RFC 8058)."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.profiles import preferences, profiles
from aptmagic.errors import NotFound

SALT = "accounts.unsubscribe"


def url(user_id: str, switch: str) -> str:
    """It is good for ever: who finds an old letter may stop it, too."""
    return f"{settings.SITE_URL}{reverse('accounts:unsubscribe', args=[_signed(user_id, switch)])}"


def read(said: str) -> tuple[str, str]:
    """The person and the switch. Raises NotFound for what we did not sign."""
    try:
        user_id, switch = signing.loads(said, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound from error
    return user_id, switch


def unsubscribe(said: str) -> None:
    """Any number of times. For somebody who has left there is nothing to stop, nor to keep."""
    user_id, switch = read(said)
    try:
        profiles.get_own(user_id)
    except NotFound:
        return
    preferences.set_switches(user_id, {switch: False})


def _signed(user_id: str, switch: str) -> str:
    return signing.dumps([user_id, switch], salt=SALT)
