"""View decorators for signed-in users and for visitors."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.redirects import redirect_to_sign_in, safe_path

View = Callable[..., HttpResponse]


def sign_in_required(view: View) -> View:
    """Send visitors to sign in, and back to where they were."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return redirect_to_sign_in(request)

    return guarded


def signed_out_required(view: View) -> View:
    """Send signed-in users to `?next=`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            location = safe_path(request.GET.get("next"))
            return HttpResponse(status=303, headers={"Location": location})
        return view(request, *args, **kwargs)

    return guarded
