"""What something was made with, to start a new request from: a picture, a job or a post by name.

A URL carries the name and never the words, which may be ten thousand characters.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.current_user import AnonymousUser, CurrentUser
from aptmagic.errors import NotFound, SignInRequired
from generation.jobs import jobs
from generation.library import pictures
from generation.operations import stored_requests
from generation.operations.operation import Request

Recipe = Mapping[str, Any]


def load(viewer: CurrentUser | AnonymousUser, name: str) -> Request:
    """The request of `picture:<id>`, `job:<id>` or `post:<id>`.

    Raises NotFound for what the viewer may not read, Gone, and SignInRequired for a visitor who
    asks for what only its owner reads.
    """
    kind, _, its_id = name.partition(":")
    if kind not in settings.RECIPE_SOURCES:
        raise NotFound()
    source: Callable[[CurrentUser | AnonymousUser, str], Recipe] = import_string(
        settings.RECIPE_SOURCES[kind]
    )
    request: Request = stored_requests.load(source(viewer, its_id))
    return request


def from_picture(viewer: CurrentUser | AnonymousUser, picture_id: str) -> Recipe:
    """A picture's own recipe, for one picture. Raises SignInRequired, NotFound."""
    return {**pictures.get_own(_owner(viewer), picture_id).recipe, "count": 1}


def from_job(viewer: CurrentUser | AnonymousUser, job_id: str) -> Recipe:
    """A job's own request. Raises SignInRequired, NotFound."""
    stored: Recipe = jobs.get(_owner(viewer), job_id).request
    return stored


def last_used(user_id: str) -> Request | None:
    """The settings of a person's newest job, without its prompt and its seed; None without one."""
    newest = jobs.recent(user_id, limit=1).items
    if not newest:
        return None
    request: Request = stored_requests.load(newest[0].request)
    return replace(request, prompt="", seed=None)


def create_url(kind: str, its_id: str) -> str:
    """The Create page with these settings."""
    return f"{reverse('generation:create')}?{urlencode({'from': f'{kind}:{its_id}'}, safe=':')}"


def _owner(viewer: CurrentUser | AnonymousUser) -> str:
    if viewer.id is None:
        raise SignInRequired()
    return viewer.id
