"""Authenticates API calls: by API token, Cognito access token, or the site's session."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.api_tokens import tokens
from accounts.current_user import AnonymousUser, CurrentUser
from accounts.http import UserRequest
from accounts.identity.cognito.protocol import identity_provider
from accounts.profiles import profiles
from aptmagic.errors import PermissionDenied, SignInRequired


@dataclass(frozen=True)
class Grant:
    """`request.auth`: the caller's scopes, and the spending limit of their token."""

    scopes: frozenset[str]
    spending_limit: tokens.SpendingLimit | None = None
    token: str | None = None  # rate limits count calls by token


class PublicApiRequest(Request):
    """A call of a public method, for type checkers: `ApiToken` adds these attributes."""

    user: CurrentUser | AnonymousUser  # type: ignore[assignment]  # not django.contrib.auth's
    auth: Grant | None


class ApiRequest(PublicApiRequest):
    """A call that passed `HasScope`."""

    user: CurrentUser
    auth: Grant


EVERYTHING = Grant(frozenset(tokens.SCOPES))


class ApiToken(BaseAuthentication):
    """`Authorization: Bearer` or `Token`, then an API token or an access token; or our cookie."""

    def authenticate(self, request: Request) -> tuple[CurrentUser, Grant] | None:
        kind, _, credential = request.headers.get("Authorization", "").strip().partition(" ")
        if kind:
            return _by_header(kind.lower(), credential.strip())
        return _by_session(cast(UserRequest, request._request))

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """Views declare `scopes = {"GET": "read", "POST": "generate"}` and maybe `public = {"GET"}`.

    A method in neither is closed to everyone.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else request.method
        unknown = method not in view.allowed_methods
        if unknown or method == "OPTIONS" or method in getattr(view, "public", ()):
            return True
        if not request.user.is_authenticated:
            return False
        grant = cast(Grant | None, request.auth)
        scope = getattr(view, "scopes", {}).get(method, "nobody has")
        if grant is None or scope not in grant.scopes:
            raise PermissionDenied(
                _("This call needs the scope '%(scope)s', which your token doesn’t have.")
                % {"scope": scope}
            )
        return True


def _by_header(kind: str, credential: str) -> tuple[CurrentUser, Grant]:
    if kind == "token" or (kind == "bearer" and credential.startswith(tokens.PREFIX)):
        return _by_token(credential)
    if kind == "bearer":
        return _by_access_token(credential)
    raise SignInRequired(_("Authorization must be 'Bearer apt_…' or 'Bearer <access token>'."))


def _by_token(secret: str) -> tuple[CurrentUser, Grant]:
    token = tokens.verify(secret)
    if token is None:
        raise SignInRequired(_("This API token is invalid or has expired."))
    grant = Grant(frozenset(token.scopes), tokens.spending_limit(token), token.pk)
    return CurrentUser(token.user_id, token.handle, token.handle), grant


def _by_access_token(access_token: str) -> tuple[CurrentUser, Grant]:
    profile = profiles.get(identity_provider().verify_access_token(access_token))
    if profile is None:
        raise SignInRequired(_("Sign in on the site once before using the API."))
    return CurrentUser(profile.user_id, profile.handle, profile.display_name), EVERYTHING


def _by_session(request: UserRequest) -> tuple[CurrentUser, Grant] | None:
    if not request.user.is_authenticated:
        return None
    _refuse_forged(request)
    return request.user, EVERYTHING


def _no_view(request: HttpRequest) -> HttpResponse:
    """What CSRFCheck looks at for `csrf_exempt`."""
    return HttpResponse()


def _refuse_forged(request: HttpRequest) -> None:
    """DRF exempts its views from the CSRF check, but browsers send our cookie by themselves."""
    check = CSRFCheck(_no_view)
    check.process_request(request)
    if check.process_view(request, _no_view, (), {}):
        raise PermissionDenied(_("Include the page’s CSRF token, or use an API token."))
