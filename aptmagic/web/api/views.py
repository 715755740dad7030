"""The base class of every view of the JSON API."""

from collections.abc import Callable
from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, views
from rest_framework.request import Request

from aptmagic.web.api.serializers import UNKNOWN_PARAMETER, unknown_name_error


class APIView(views.APIView):
    """Refuses query parameters that the API's schema does not name."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = sorted(query_parameters(getattr(self, str(request.method).lower(), None)))
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            raise exceptions.ValidationError(
                {name: [unknown_name_error(name, known, UNKNOWN_PARAMETER)] for name in unknown}
            )


@cache
def query_parameters(handler: Callable[..., Any] | None) -> frozenset[str]:
    """The names of the query parameters that `@extend_schema` declares for a view's method."""
    annotated = getattr(handler, "kwargs", {}).get("schema")
    if annotated is None:
        return frozenset()
    schema = annotated()
    schema.view = views.APIView(request=None, kwargs={})  # it asks a view for its version
    declared = schema.get_override_parameters()
    return frozenset(each.name for each in declared if each.location == OpenApiParameter.QUERY)
