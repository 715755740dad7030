"""Adds `request.viewer`: one lazy `audience.Viewer` per request."""

from collections.abc import Callable
from typing import cast

from django.http import HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.http import SignedInRequest, UserRequest
from gallery.audience import Viewer


class ViewerRequest(UserRequest):
    """A request after this middleware, for type checkers."""

    viewer: Viewer


class SignedInViewerRequest(SignedInRequest, ViewerRequest):
    pass


def viewer_middleware(
    get_response: Callable[[ViewerRequest], HttpResponse],
) -> Callable[[ViewerRequest], HttpResponse]:
    """Built from `request.user` on first use, when the JSON API has authenticated the token."""

    def middleware(request: ViewerRequest) -> HttpResponse:
        request.viewer = cast(Viewer, SimpleLazyObject(lambda: Viewer(request.user.id)))
        return get_response(request)

    return middleware
