"""Profiles of confirmed users: finding them, and changing what they say."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.profiles import handle_claims, handles, text
from accounts.profiles.models import HandleClaim, Profile
from accounts.profiles.text import ProfileText
from aptmagic.aws import queue
from aptmagic.aws.dynamodb import exists
from aptmagic.errors import NotFound
from aptmagic.rate_limits import limits

# Longer than a request can last.
REQUEST_SECONDS = 30


def get(user_id: str) -> Profile | None:
    """The profile of a confirmed user, or None. An eventually consistent read."""
    found = Profile.find(*Profile.key(user_id))
    return found if found and found.confirmed else None


def get_own(user_id: str) -> Profile:
    """Like get, but read consistently. Raises NotFound."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found is None or not found.confirmed:
        raise NotFound(_("This account was deleted."))
    return found


def by_handle(handle: str) -> Profile | None:
    """The user with this handle, or who had it within 90 days; its profile has the present one.

    None for a user whose account is due to be deleted.
    """
    claim = HandleClaim.find(*HandleClaim.key(handle)) if handles.is_possible(handle) else None
    valid = claim is not None and not handle_claims.has_lapsed(claim.expires_at)
    found = get(claim.user_id) if claim and valid else None
    return found if found and not found.deletes_at else None


def update_text(
    user_id: str,
    *,
    name: str | None = None,
    bio: str | None = None,
    links: Iterable[str] | None = None,
    private: bool | None = None,
) -> Profile:
    """Change what is given. Raises NotFound, Invalid, TooManyRequests; RefusedText if moderation
    rejects it."""
    found = get_own(user_id)
    before = ProfileText(found.name or "", found.bio or "", tuple(found.links or ()))
    after = text.validate(
        name=before.name if name is None else name,
        bio=before.bio if bio is None else bio,
        links=before.links if links is None else links,
    )
    if after.words != before.words:
        import_string(settings.TEXT_MODERATION)(*after.words, person=user_id)
    changes = _changes(before, after)
    toggled = private is not None and private != found.private
    if toggled:
        changes.append(Profile.private.set(bool(private)))
    renamed = after.name != before.name
    if renamed or (toggled and not private):  # making an account private is never refused
        limits.hit("profile", person=user_id)
    if toggled or renamed:  # posts show the name, or are hidden
        with refresh_author(user_id):
            found.update([*changes, Profile.version.add(1)], condition=exists(Profile))
    elif changes:
        found.update(changes, condition=exists(Profile))
    return found


@contextmanager
def refresh_author(user_id: str) -> Iterator[None]:
    """Update the user's posts after a change to what they show of their author.

    A task is enqueued before the change too, with a delay longer than any request that could still
    write the old state: posts are updated even if this process dies in between.
    """
    queue.enqueue("refresh_author", delay=REQUEST_SECONDS, user_id=user_id)
    yield
    queue.enqueue("refresh_author", user_id=user_id)


def _changes(before: ProfileText, after: ProfileText) -> list[Any]:
    """Only what differs, so that two requests at once do not undo each other's changes."""
    changes = []
    if after.name != before.name:
        changes.append(Profile.name.set(after.name) if after.name else Profile.name.remove())
    if after.bio != before.bio:
        changes.append(Profile.bio.set(after.bio) if after.bio else Profile.bio.remove())
    if after.links != before.links:
        links = list(after.links)
        changes.append(Profile.links.set(links) if links else Profile.links.remove())
    return changes
