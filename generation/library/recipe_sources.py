"""What something was made with, to begin a new request with: a picture, a job or a post by name.

An address carries the name and never the words, which may be ten thousand characters.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.current_user import AnonymousUser, CurrentUser
from aptmagic.errors import NotFound, SignInRequired
from generation.jobs import jobs
from generation.library import pictures

Recipe = dict[str, Any]
FIELDS = ("prompt", "negative_prompt", "model", "aspect_ratio", "style_preset", "seed", "count")


def load(viewer: CurrentUser | AnonymousUser, name: str) -> Recipe:
    """The settings of `picture:<id>`, `job:<id>` or `post:<id>`, those that it has.

    Raises NotFound for what is not the viewer's to read, Gone, and SignInRequired for a visitor who
    asks for what only its owner reads.
    """
    kind, _, its_id = name.partition(":")
    if kind not in settings.RECIPE_SOURCES:
        raise NotFound()
    source: Callable[[CurrentUser | AnonymousUser, str], Recipe] = import_string(
        settings.RECIPE_SOURCES[kind]
    )
    made_with = source(viewer, its_id)
    return {field: made_with[field] for field in FIELDS if made_with.get(field)}


def from_picture(viewer: CurrentUser | AnonymousUser, picture_id: str) -> Recipe:
    """One's own picture's, however many were made with it. Raises SignInRequired, NotFound."""
    return {**pictures.get_own(_owner(viewer), picture_id).recipe, "count": 1}


def from_job(viewer: CurrentUser | AnonymousUser, job_id: str) -> Recipe:
    """One's own job's. Raises SignInRequired, NotFound."""
    made_with: Recipe = jobs.get(_owner(viewer), job_id).request
    return made_with


def last_used(user_id: str) -> Recipe:
    """The settings of somebody's newest job, without its words and its seed."""
    newest = jobs.recent(user_id, limit=1).items
    made_with = newest[0].request if newest else {}
    kept = ("model", "aspect_ratio", "style_preset", "count")
    return {field: made_with[field] for field in kept if made_with.get(field)}


def create_url(kind: str, its_id: str) -> str:
    """The Create page with these settings."""
    return f"{reverse('generation:create')}?{urlencode({'from': f'{kind}:{its_id}'}, safe=':')}"


def _owner(viewer: CurrentUser | AnonymousUser) -> str:
    if viewer.id is None:
        raise SignInRequired()
    return viewer.id
