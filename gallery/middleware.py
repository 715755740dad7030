"""`request.viewer`: one `audience.Viewer` a request, which reads nothing before it is asked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from gallery.audience import Viewer


def viewer_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Made from `request.user` on first use: by then the JSON API knows whose token it has."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.viewer = SimpleLazyObject(lambda: Viewer(request.user.id))
        return get_response(request)

    return middleware
