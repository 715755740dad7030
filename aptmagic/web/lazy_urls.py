"""Views and URLs imported on their first request, so that pages don't load the API's libraries."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLResolver
from django.urls.resolvers import RoutePattern
from django.utils.module_loading import import_string


class lazy_include(URLResolver):
    """Like `include()`, but the module is imported on the first request below `route`.

    Its names have a namespace, so that reversing other names doesn't import it.
    """

    def __init__(self, route: str, module: str, *, namespace: str) -> None:
        super().__init__(RoutePattern(route), module, app_name=namespace, namespace=namespace)

    def _populate(self) -> None:
        """Django would import the module to collect its names on the first `reverse()`."""


def lazy_view(name: str) -> Callable[..., HttpResponseBase]:
    """The view of that dotted path, imported when it is first called."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found: HttpResponseBase = import_string(name)(request, *args, **kwargs)
        return found

    return answer
