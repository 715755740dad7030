"""Where the embedded cloud of a folder lives, as told by `<folder>/cloud.json`, dead ones excluded.

A process that was killed leaves its file behind and its number may be given to another one, so
the proof of life is a lock that only a living process can hold.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(os.environ.get("LOCAL_DIR") or PROJECT / ".local")


@dataclass(frozen=True)
class Address:
    pid: int
    port: int
    endpoint: str


class Taken(Exception):
    """Another cloud is running in this folder."""


def hold(folder: Path) -> int:
    """Lock the folder for as long as this process lives. Raises Taken, OSError."""
    handle = os.open(folder / "cloud.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise Taken from error
    return handle


def tell(folder: Path, port: int) -> Address:
    """Write down that the cloud of this process answers at `port`."""
    address = Address(os.getpid(), port, f"http://127.0.0.1:{port}")
    draft = folder / "cloud.json.new"
    draft.write_text(json.dumps(asdict(address)) + "\n", encoding="utf-8")
    draft.replace(folder / "cloud.json")
    return address


def find(folder: Path = FOLDER) -> Address | None:
    """The living cloud of this folder, if there is one."""
    try:
        address = Address(**json.loads((folder / "cloud.json").read_text(encoding="utf-8")))
        return address if _is_held(folder) else None
    except (OSError, ValueError, TypeError):
        return None


def forget(folder: Path) -> None:
    (folder / "cloud.json").unlink(missing_ok=True)


def _is_held(folder: Path) -> bool:
    handle = os.open(folder / "cloud.lock", os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
