"""`request.viewer`: one `audience.Viewer` a request, which reads nothing before it is asked."""

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
    """Made from `request.user` on first use: by then the JSON API knows whose token it has."""

    def middleware(request: ViewerRequest) -> HttpResponse:
        request.viewer = cast(Viewer, SimpleLazyObject(lambda: Viewer(request.user.id)))
        return get_response(request)

    return middleware
