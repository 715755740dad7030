"""Where the files of an avatar are: `a/<avatar>/<size>.webp` in the public bucket."""

from django.conf import settings

SMALL, LARGE = 96, 288  # three times what a page shows, for screens that are that fine
SIZES = (SMALL, LARGE)


def folder(avatar: str) -> str:
    return f"a/{avatar}/"


def url(avatar: str | None, size: int = SMALL) -> str | None:
    return f"{settings.MEDIA_URL}{folder(avatar)}{size}.webp" if avatar else None
