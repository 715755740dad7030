"""Django's messages, in a cookie with our own prefix."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class MessageStorage(CookieStorage):
    cookie_name = f"{settings.HOST_PREFIX}notices"
