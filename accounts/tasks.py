"""Messages of the chores queue and the hourly errands, as the commands that settings name."""

from typing import Any

from accounts import correspondence, membership, portraits
from accounts.rights import archives, errands, intakes, leaving


def build_archive(user_id: str, archive_id: str, at: str = "") -> dict[str, Any]:
    archives.build(user_id, archive_id, at=at)
    return {}


def take_archive_in(user_id: str, upload_id: str, at: str = "") -> dict[str, Any]:
    intakes.take_in(user_id, upload_id, at=at)
    return {}


def skip_picture(user_id: str, upload_id: str, at: str = "") -> dict[str, Any]:
    intakes.skip(user_id, upload_id)
    return {}


def erase_person(user_id: str, at: str) -> dict[str, Any]:
    return {"erased": leaving.erase(user_id, at)}


def forget_sign_up(user_id: str, at: str) -> dict[str, Any]:
    membership.forget_unconfirmed(user_id, at)
    return {}


def run_errands(**_: Any) -> dict[str, Any]:
    return {"errands": errands.give_out()}


def send_letter(**letter: Any) -> dict[str, Any]:
    return {"sent": correspondence.deliver(**letter)}


def take_avatar(user_id: str, upload_id: str) -> dict[str, Any]:
    return {"outcome": portraits.take(user_id, upload_id)}


def give_up_avatar(user_id: str, upload_id: str) -> dict[str, Any]:
    portraits.give_up(user_id, upload_id)
    return {}


def tidy_avatars(user_id: str) -> dict[str, Any]:
    return {"avatars": portraits.tidy(user_id)}
