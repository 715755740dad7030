"""Point this process at the running embedded cloud, unless AWS credentials were given."""

import json
import os
import secrets
from pathlib import Path

from aptmagic.local import running_cloud
from aptmagic.local.environment import clean

# If any of these is set, the user (or Lambda) has already chosen credentials.
OWN_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_LAMBDA_FUNCTION_NAME",
)
# Set when the embedded cloud was found, not asked for: deploy commands refuse to use it then.
ATTACHED = "ATTACHED_TO"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    # The user's own files may hold profiles or proxies.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def attach(folder: Path = running_cloud.FOLDER) -> bool:
    """Set endpoint, credentials and stack outputs in the environment. False if nothing was set.

    The rest of the shell's environment is then removed, as in `make run`.
    """
    if (
        any(os.environ.get(name) for name in OWN_CREDENTIALS)
        or os.environ.get("STAGE", "local") != "local"
    ):
        return False
    cloud = running_cloud.find(folder)
    asked = os.environ.get("AWS_ENDPOINT_URL")
    if cloud is None or asked not in (None, "", cloud.endpoint):
        return False
    if asked:
        _set(CREDENTIALS)  # AWS_ENDPOINT_URL was given, so the stage is given too
        return False
    clean(also=("DJANGO_SETTINGS_MODULE",))
    _set({**environment(cloud.endpoint), **saved_outputs(folder), "SECRET_KEY": secret_key(folder)})
    os.environ[ATTACHED] = cloud.endpoint
    return True


def _set(variables: dict[str, str]) -> None:
    for name, value in variables.items():
        os.environ[name] = os.environ.get(name) or value


def wrong_cloud_message(stage: str) -> str:
    return (
        f"This would deploy '{stage}' to the embedded cloud that is running here. To deploy to "
        "AWS, set AWS_PROFILE. To use the embedded cloud, set "
        f"AWS_ENDPOINT_URL={os.environ[ATTACHED]}."
    )


def environment(endpoint: str) -> dict[str, str]:
    """The variables that a process needs to use the embedded cloud at `endpoint`."""
    mailbox = f"{endpoint}/_ministack/ses/messages"
    not_drawn = f"{endpoint}/_aptmagic/not-drawn"
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "MAILBOX_URL": mailbox,
        "NOT_DRAWN_URL": not_drawn,
        **CREDENTIALS,
    }


def secret_key(folder: Path) -> str:
    """The SECRET_KEY of this folder, created on first use. Raises OSError.

    Each checkout has its own, and so its own cookie names: browsers send a cookie to every port
    of a host.
    """
    path = folder / "secret-key"
    if not path.exists():
        draft = folder / f"secret-key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        draft.replace(path)
    return path.read_text(encoding="ascii")


def save_outputs(folder: Path, outputs: dict[str, str]) -> None:
    """Save the stack outputs for processes that start later."""
    draft = folder / "environment.json.new"
    draft.write_text(json.dumps(outputs, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(folder / "environment.json")


def saved_outputs(folder: Path) -> dict[str, str]:
    try:
        outputs: dict[str, str] = json.loads(
            (folder / "environment.json").read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        return {}
    return outputs
