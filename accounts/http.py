"""The requests of views, for type checkers: who is asking, after the middleware has said so."""

from accounts.current_user import AnonymousUser, CurrentUser
from aptmagic.web.http import SiteRequest


class UserRequest(SiteRequest):
    user: CurrentUser | AnonymousUser


class SignedInRequest(UserRequest):
    """A request that passed `sign_in_required`."""

    user: CurrentUser
