"""What a visitor entered in a form that could not be sent because they were not signed in.

It is stored for an hour, under a hash of a random token that the browser holds and of the author's
id. The same user gets it back after signing in; nobody else finds it.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.core import signing

from accounts.identity.models import FormDraft
from aptmagic.aws.dynamodb import now
from aptmagic.rate_limits import limits

SALT = "accounts.identity.form_drafts"
LASTS = timedelta(hours=1)
# In characters. A DynamoDB item holds 400 kB; the longest form has two texts of 10,000.
MAX_LENGTH = 50_000

Fields = dict[str, list[str]]


@dataclass(frozen=True)
class DraftInfo:
    """That a draft is stored, and for which page. `author_known` if its author was signed in."""

    token: str
    path: str
    author_known: bool


def save(path: str, author: str | None, fields: Fields, *, address: str) -> DraftInfo | None:
    """Store the fields of a form; None if they are too long. Raises TooManyRequests."""
    if sum(len(value) for values in fields.values() for value in values) > MAX_LENGTH:
        return None
    limits.hit("draft", address=address)
    draft = DraftInfo(secrets.token_urlsafe(32), path, author_known=author is not None)
    _put(draft.token, author, fields)
    return draft


def find(draft: DraftInfo, user_id: str | None) -> Fields | None:
    """What this user entered; a visitor's draft becomes that of the user who signs in next."""
    found = _get(draft.token, user_id)
    if found is None and not draft.author_known:
        found = _get(draft.token, None)
        if found and user_id:
            _put(draft.token, user_id, found.fields)
            found.delete()
    return found.fields if found else None


def delete(draft: DraftInfo, user_id: str) -> None:
    FormDraft(*_key(draft.token, user_id)).delete()


def read(cookie: str) -> DraftInfo | None:
    """None if the cookie is missing, forged or too old. Reads nothing from the table."""
    try:
        return DraftInfo(**signing.loads(cookie, salt=SALT, max_age=LASTS))
    except (signing.BadSignature, TypeError):
        return None  # a TypeError: another release used other names


def make(draft: DraftInfo) -> str:
    return signing.dumps(asdict(draft), salt=SALT)


def _get(token: str, author: str | None) -> FormDraft | None:
    found = FormDraft.find(*_key(token, author), consistent=True)
    return found if found and found.expires_at > now() else None


def _put(token: str, author: str | None, fields: Fields) -> None:
    FormDraft(*_key(token, author), fields=fields, expires_at=LASTS).save()


def _key(token: str, author: str | None) -> tuple[str, str]:
    return FormDraft.key(hashlib.sha256(f"{token} {author or ''}".encode()).hexdigest())
