"""The signed-in user's account at the identity provider."""

from accounts.current_user import CurrentUser
from accounts.errors import SessionEnded
from accounts.identity import sessions
from accounts.identity.cognito.protocol import Account, identity_provider


def get(person: CurrentUser) -> Account:
    """What the provider stores of the user. Raises SessionEnded."""
    # Cognito knows federated users by a user name that is not their id.
    found = identity_provider().find(sessions.get_active(person).username)
    return found or Account(person.id, confirmed=True, federated=True)


def access_token(person: CurrentUser) -> str:
    """The session's access token. It has not expired: callers have required a reauthentication,
    which renewed it. Raises SessionEnded."""
    if token := sessions.get_active(person).access_token:
        return str(token)
    raise SessionEnded
