"""Point this process at the embedded cloud where one is running and nothing else was asked for."""

import json
import os
import secrets
from pathlib import Path

from aptmagic.local import address
from aptmagic.local.environment import seal

# Anything of these means that a person, or AWS itself, has already said as whom to talk.
DECIDED = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_LAMBDA_FUNCTION_NAME",
)
# Nobody asked for the embedded cloud by name: what must not end up there by mistake looks here.
ATTACHED = "ATTACHED_TO"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    # Somebody's own, where a profile, a proxy or a typing error may be.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def attach(folder: Path = address.FOLDER) -> bool:
    """Set endpoint, credentials and the stacks' outputs in the environment, or leave it be.

    Where it is set, nothing else of the shell counts, as in `make run`.
    """
    if any(os.environ.get(name) for name in DECIDED) or os.environ.get("STAGE", "local") != "local":
        return False
    cloud = address.find(folder)
    asked = os.environ.get("AWS_ENDPOINT_URL")
    if cloud is None or asked not in (None, "", cloud.endpoint):
        return False
    if asked:
        _set(CREDENTIALS)  # whoever asks by name says which stage is meant, too
        return False
    seal(also=("DJANGO_SETTINGS_MODULE",))
    _set({**environment(cloud.endpoint), **remembered(folder), "SECRET_KEY": secret_key(folder)})
    os.environ[ATTACHED] = cloud.endpoint
    return True


def _set(variables: dict[str, str]) -> None:
    for name, value in variables.items():
        os.environ[name] = os.environ.get(name) or value


def not_meant(stage: str) -> str:
    return (
        f"The embedded cloud that is running here would be taken for '{stage}': say whose AWS "
        "account is meant with AWS_PROFILE, or that it is meant with "
        f"AWS_ENDPOINT_URL={os.environ[ATTACHED]}."
    )


def environment(endpoint: str) -> dict[str, str]:
    """What anything needs to speak to the embedded cloud at `endpoint`."""
    mailbox = f"{endpoint}/_ministack/ses/messages"
    not_drawn = f"{endpoint}/_aptmagic/not-drawn"
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "MAILBOX_URL": mailbox,
        "NOT_DRAWN_URL": not_drawn,
        **CREDENTIALS,
    }


def secret_key(folder: Path) -> str:
    """What the site of this folder signs with, made when it is first asked for. Raises OSError.

    Each checkout has its own, and with it its own cookie names, since browsers send a cookie to
    every port of a host.
    """
    path = folder / "secret-key"
    if not path.exists():
        draft = folder / f"secret-key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        draft.replace(path)
    return path.read_text(encoding="ascii")


def remember(folder: Path, outputs: dict[str, str]) -> None:
    """Keep the stacks' outputs for processes that start later."""
    draft = folder / "environment.json.new"
    draft.write_text(json.dumps(outputs, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(folder / "environment.json")


def remembered(folder: Path) -> dict[str, str]:
    try:
        outputs: dict[str, str] = json.loads(
            (folder / "environment.json").read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        return {}
    return outputs
