"""Personal data of this app: profile, settings, sessions, tokens and ledger."""

from collections.abc import Iterator
from typing import Any

from accounts import avatar_urls
from accounts.api_tokens import tokens
from accounts.api_tokens.models import TokenPointer
from accounts.billing import entry_kinds, ledger
from accounts.billing.models import Entry
from accounts.identity.cognito.protocol import identity_provider
from accounts.identity.models import Session
from accounts.mail import weekly_schedule
from accounts.privacy import export_zip
from accounts.privacy.personal_data import Document, PersonalDataSource, csv_lines, json_value
from accounts.profiles import confirmation, preferences, profiles
from accounts.profiles.models import HandleClaim, Profile
from accounts.users_table import UserItem
from aptmagic.aws import storage, uploads
from aptmagic.errors import NotFound

# Attributes that say nothing to the user.
INTERNAL_ATTRIBUTES = ("pk", "sk", "handle_prefix", "expires_at", "mailbox")
LEDGER_COLUMNS = ("at", "credits", "kind", "what", "reference")
LEDGER_PAGE = 500


class AccountData(PersonalDataSource):
    def documents(self, user_id: str) -> Iterator[Document]:
        yield Document("data/account.json", [json_value(_account(user_id)) + "\n"])
        yield Document("data/credits.csv", csv_lines(LEDGER_COLUMNS, _ledger_rows(user_id)))

    def revoke_access(self, user_id: str) -> None:
        identity_provider().erase_user(user_id)
        weekly_schedule.unsubscribe(user_id)
        for session in Session.query(f"U#{user_id}", Session.sk.startswith("SESSION#")):
            session.delete()
        for pointer in TokenPointer.query(f"U#{user_id}", TokenPointer.sk.startswith("TOKEN#")):
            try:
                tokens.revoke(user_id, pointer.sk.removeprefix("TOKEN#"))
            except NotFound:
                continue

    def erase(self, user_id: str, *, limit: int) -> bool:
        return (
            storage.private().erase_folder(export_zip.folder(user_id))
            and storage.private().erase_folder(uploads.folder(user_id))
            and _erase_items(user_id, limit)
        )


def _erase_items(user_id: str, limit: int) -> bool:
    """The profile last: it names the handles and avatars to delete."""
    found = list(UserItem.query(f"U#{user_id}", consistent_read=True, limit=limit))
    for item in found:
        if item.sk != "PROFILE":
            item.delete()
    if len(found) == limit:
        return False
    if profile := Profile.find(*Profile.key(user_id), consistent=True):
        _erase_profile(profile)
    return True


def _erase_profile(profile: Profile) -> None:
    for handle in {profile.handle, *(profile.former_handles or ())}:
        HandleClaim(*HandleClaim.key(handle)).delete_if(HandleClaim.user_id == profile.user_id)
    for avatar in {profile.avatar, *(profile.old_avatars or ())} - {None}:
        storage.public().erase_folder(avatar_urls.folder(str(avatar)))
    confirmation.keep_mailbox_marker(profile)
    profile.delete()


def _account(user_id: str) -> dict[str, Any]:
    profile = profiles.get(user_id)
    return {
        "profile": _attributes(profile) if profile else None,
        "settings": _attributes(preferences.load(user_id)),
        "sessions": [
            {"began": each.created_at, "browser": each.agent, "address": each.address}
            for each in Session.query(f"U#{user_id}", Session.sk.startswith("SESSION#"))
        ],
        "tokens": [
            {"name": each.token.name, "scopes": each.scopes, "last_used": each.token.used_at}
            for each in tokens.list_tokens(user_id)
        ],
    }


def _attributes(item: UserItem) -> dict[str, Any]:
    return {
        name: getattr(item, name)
        for name in item.attribute_values
        if name not in INTERNAL_ATTRIBUTES and getattr(item, name) is not None
    }


def _ledger_rows(user_id: str) -> Iterator[tuple[Any, ...]]:
    before = None
    while True:
        page = ledger.list_entries(user_id, limit=LEDGER_PAGE, before=before)
        yield from map(_credit_row, page.items)
        if page.next is None:
            return
        before = page.next


def _credit_row(entry: Entry) -> tuple[Any, ...]:
    return entry.at, int(entry.amount), entry.kind, entry_kinds.describe(entry), entry.ref
