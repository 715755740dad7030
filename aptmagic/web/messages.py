"""What a page says once, after what was done on the page before: kept in a cookie of this host."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class MessageStorage(CookieStorage):
    cookie_name = f"{settings.HOST_PREFIX}notices"
