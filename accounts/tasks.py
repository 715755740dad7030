"""Commands of the worker, named in `settings.WORKER_COMMANDS`."""

from typing import Any

from accounts.identity import sign_up
from accounts.mail import delivery
from accounts.privacy import account_deletion, exports, imports
from accounts.profiles import avatar_processing
from aptmagic.aws import scheduled_tasks


def build_export(user_id: str, archive_id: str, at: str = "") -> dict[str, Any]:
    exports.build(user_id, archive_id, at=at)
    return {}


def import_archive(user_id: str, upload_id: str, at: str = "") -> dict[str, Any]:
    imports.run(user_id, upload_id, at=at)
    return {}


def skip_import_picture(user_id: str, upload_id: str, at: str = "") -> dict[str, Any]:
    imports.skip_import_picture(user_id, upload_id)
    return {}


def erase_account(user_id: str, at: str) -> dict[str, Any]:
    return {"erased": account_deletion.run(user_id, at)}


def delete_unconfirmed_account(user_id: str, at: str) -> dict[str, Any]:
    sign_up.delete_unconfirmed(user_id, at)
    return {}


def dispatch_scheduled_tasks(**_: Any) -> dict[str, Any]:
    return {"tasks": scheduled_tasks.dispatch_due()}


def send_email(**message: Any) -> dict[str, Any]:
    return {"sent": delivery.deliver(**message)}


def process_avatar(user_id: str, upload_id: str) -> dict[str, Any]:
    return {"outcome": avatar_processing.process(user_id, upload_id)}


def reject_avatar(user_id: str, upload_id: str) -> dict[str, Any]:
    avatar_processing.reject(user_id, upload_id)
    return {}


def delete_unused_avatars(user_id: str) -> dict[str, Any]:
    return {"avatars": avatar_processing.delete_unused(user_id)}
