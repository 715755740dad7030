"""Cursors of lists: ids, signed together with the feed and the viewer they belong to."""

from django.contrib import messages
from django.core import signing
from django.utils.translation import gettext as _

from aptmagic.errors import Refused
from aptmagic.web.http import SiteRequest, wants_fragment


class BadCursor(Refused):
    """The cursor is forged, belongs to another list or viewer, or its key was replaced."""

    status = 400
    kind = "bad-cursor"

    def __init__(self) -> None:
        super().__init__(
            _("This cursor isn’t valid for this list. Start again from the first page.")
        )


def sign(feed: str, viewer: str | None, position: str) -> str:
    return signing.Signer(salt=_salt(feed, viewer)).sign(position)


def read(cursor: str | None, feed: str, viewer: str | None) -> str | None:
    """The position, or None (the first page) where there is no cursor. Raises BadCursor."""
    try:
        return signing.Signer(salt=_salt(feed, viewer)).unsign(cursor) if cursor else None
    except signing.BadSignature as error:
        raise BadCursor from error


def read_from_page(request: SiteRequest, feed: str) -> str | None:
    """The position in a page's `before` parameter. An expired link starts at the top and says so.

    Raises BadCursor for a fragment: htmx would append the first page to the last, for ever.
    """
    try:
        return read(request.GET.get("before"), feed, request.user.id)
    except BadCursor:
        if wants_fragment(request):
            raise
        messages.info(request, _("That link has expired, so you’re back at the start of the list."))
        return None


def _salt(feed: str, viewer: str | None) -> str:
    return f"cursor:{feed}:{viewer or 'anyone'}"
