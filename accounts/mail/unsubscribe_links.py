"""Links in e-mails that turn off their kind with one click, without signing in (RFC 8058)."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.mail import subscriptions
from accounts.profiles import profiles
from aptmagic.errors import NotFound

SALT = "accounts.unsubscribe"


def url(user_id: str, switch: str) -> str:
    """Never expires: it also works from an old e-mail."""
    return f"{settings.SITE_URL}{reverse('accounts:unsubscribe', args=[_signed(user_id, switch)])}"


def read(token: str) -> tuple[str, str]:
    """The user id and the switch. Raises NotFound if the signature is wrong."""
    try:
        user_id, switch = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound from error
    return user_id, switch


def unsubscribe(token: str) -> None:
    """Turn the switch off. Idempotent; does nothing for a deleted account. Raises NotFound."""
    user_id, switch = read(token)
    try:
        profiles.get_own(user_id)
    except NotFound:
        return
    subscriptions.set_switches(user_id, {switch: False})


def _signed(user_id: str, switch: str) -> str:
    return signing.dumps([user_id, switch], salt=SALT)
