"""What every view of the JSON API has in common.

Apart from `aptmagic.web.api`, which DRF's own views import while they are imported.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, views
from rest_framework.request import Request

from aptmagic.web.api import unknown_field_error


class APIView(views.APIView):
    """A view of the API, which refuses parameters in the address that its document doesn't name."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = sorted(parameters(getattr(self, str(request.method).lower(), None)))
        strange = [name for name in request.query_params if name not in known]
        if strange:
            raise exceptions.ValidationError(
                {name: [unknown_field_error(name, known)] for name in strange}
            )


@cache
def parameters(handler: Callable[..., Any] | None) -> frozenset[str]:
    """The names of the query parameters that `@extend_schema` says of a view's method."""
    annotated = getattr(handler, "kwargs", {}).get("schema")
    if annotated is None:
        return frozenset()
    schema = annotated()
    schema.view = views.APIView(request=None, kwargs={})  # it asks a view for its version
    declared = schema.get_override_parameters()
    return frozenset(each.name for each in declared if each.location == OpenApiParameter.QUERY)
