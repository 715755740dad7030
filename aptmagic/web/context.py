"""The context processor with the site's own values."""

from django.conf import settings
from django.http import HttpRequest

from aptmagic.web import appearance


def site(request: HttpRequest) -> dict[str, str | int | bool]:
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "MAILBOX": bool(settings.MAILBOX_URL),
        "FREE_CREDITS": settings.FREE_CREDITS,
        "CREDIT_PRICE_USD": settings.CREDIT_PRICE_USD,
        "theme": appearance.theme(request),
    }
