"""What is imported when somebody asks for it: HTML pages do without the JSON API's libraries."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLResolver
from django.urls.resolvers import RoutePattern
from django.utils.module_loading import import_string


class lazy_include(URLResolver):
    """`include()` of a module that is imported at the first request below `route`.

    Its names live in a namespace, so nobody has to know them before.
    """

    def __init__(self, route: str, module: str, *, namespace: str) -> None:
        super().__init__(RoutePattern(route), module, app_name=namespace, namespace=namespace)

    def _populate(self) -> None:
        """Django would import the module for its names as soon as it reverses any other one."""


def lazy_view(name: str) -> Callable[..., HttpResponseBase]:
    """The view of that name, imported when it is first called."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found: HttpResponseBase = import_string(name)(request, *args, **kwargs)
        return found

    return answer
