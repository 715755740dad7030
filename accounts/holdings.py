"""What the accounts app holds of somebody: who they are, how they come in, and their books."""

from collections.abc import Iterator

from accounts import credits, preferences, profiles
from accounts.models import UserItem
from accounts.rights.holder import Document, Holder, as_csv, in_json


class Account(Holder):
    def documents(self, user_id: str) -> Iterator[Document]:
        yield Document("data/account.json", [in_json(_account(user_id)) + "\n"])
        yield Document(
            "data/credits.csv", as_csv(("at", "credits", "what", "reference"), _lines(user_id))
        )


def _account(user_id: str) -> dict:
    profile = profiles.get(user_id)
    chosen = preferences.of(user_id).to_simple_dict()
    return {
        "profile": _said(profile) if profile else None,
        "settings": {name: value for name, value in chosen.items() if name not in ("pk", "sk")},
    }


def _said(item: UserItem) -> dict:
    return {name: value for name, value in item.to_simple_dict().items() if name not in HIDDEN}


HIDDEN = ("pk", "sk", "handle_prefix")


def _lines(user_id: str) -> Iterator[tuple]:
    before = None
    while True:
        page = credits.entries(user_id, limit=500, before=before)
        yield from ((each.at, int(each.amount), each.reason, each.ref) for each in page.items)
        if page.next is None:
            return
        before = page.next
