"""Messages of the chores queue and the hourly errands, as the commands that settings name."""

from typing import Any

from accounts import letters
from accounts.rights import archives, errands


def build_archive(user_id: str, archive_id: str) -> dict[str, Any]:
    archives.build(user_id, archive_id)
    return {}


def run_errands(**_: Any) -> dict[str, Any]:
    return {"errands": errands.give_out()}


def send_letter(**letter: Any) -> dict[str, Any]:
    return {"sent": letters.deliver(**letter)}
