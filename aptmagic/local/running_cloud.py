"""Find the embedded cloud that runs for a folder, from `<folder>/cloud.json`.

A killed process leaves its file behind and its pid may be reused, so a lock that only a living
process can hold says whether the cloud runs.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(os.environ.get("LOCAL_DIR") or PROJECT / ".local")


@dataclass(frozen=True)
class RunningCloud:
    pid: int
    port: int
    endpoint: str


class AlreadyRunning(Exception):
    """Another cloud is running in this folder."""


def lock(folder: Path) -> int:
    """Lock the folder for as long as this process lives. Raises AlreadyRunning, OSError."""
    handle = os.open(folder / "cloud.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise AlreadyRunning from error
    return handle


def announce(folder: Path, port: int) -> RunningCloud:
    """Record that this process serves the cloud at `port`."""
    address = RunningCloud(os.getpid(), port, f"http://127.0.0.1:{port}")
    draft = folder / "cloud.json.new"
    draft.write_text(json.dumps(asdict(address)) + "\n", encoding="utf-8")
    draft.replace(folder / "cloud.json")
    return address


def find(folder: Path = FOLDER) -> RunningCloud | None:
    """The cloud that runs for this folder, or None."""
    try:
        address = RunningCloud(**json.loads((folder / "cloud.json").read_text(encoding="utf-8")))
        return address if _is_held(folder) else None
    except (OSError, ValueError, TypeError):
        return None


def remove(folder: Path) -> None:
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
