"""Saves the embedded cloud's state to disk soon after each change, atomically.

ministack saves its state only on a clean stop. Here a thread saves it at most a few seconds after
a change; the longer the last save took, the longer it waits before the next. A file is written
under a temporary name, flushed, and renamed. The old one stays as `<name>.previous`, to which a
start goes back if the file is damaged.
"""

import copy
import hashlib
import json
import logging
import os
import threading
import time
from asyncio import AbstractEventLoop, run_coroutine_threadsafe
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

logger = logging.getLogger(__name__)

MIN_DELAY, MAX_DELAY = 1.0, 4.0
COST_FACTOR = 10  # wait ten times as long as the last save took
# Loading the state of all of ministack's services would double the time to start, and logs and
# metrics would outgrow the data.
SERVICES = {
    "cloudformation",
    "cognito",
    "dynamodb",
    "dynamodb_streams",
    "eventbridge",
    "iam",
    "kms",
    "lambda",
    "s3",
    "scheduler",
    "secretsmanager",
    "ses",
    "ses_v2",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
}

State = Any
Sources = Mapping[str, Callable[[], State]]


class StateSaver:
    """Saves the states of `sources()` after `touch()`, and every 15 seconds."""

    def __init__(self, folder: Path, sources: Callable[[], Sources], loop: AbstractEventLoop):
        self.folder = folder
        self.cost = 0.0
        self._sources = sources
        self._loop = loop
        self._written: dict[str, bytes] = {}
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def touch(self) -> None:
        """Say that something may have changed."""
        self._changed.set()

    def stop(self) -> None:
        """Stop the thread; the caller saves one last time."""
        self._stopping.set()
        self._changed.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            # Workflows and timers change state without a request.
            self._changed.wait(timeout=15)
            self._changed.clear()
            if self._stopping.wait(min(MAX_DELAY, max(MIN_DELAY, self.cost * COST_FACTOR))):
                return
            try:
                started = time.perf_counter()
                self.save(run_coroutine_threadsafe(self._snapshot(), self._loop).result())
                self.cost = time.perf_counter() - started
            except OSError as error:
                logger.error("could not save the state: %s; will retry", error.strerror)
                self._changed.set()
            except Exception:
                logger.exception("could not save the state; will retry")
                self._changed.set()

    async def _snapshot(self) -> dict[str, bytes]:
        return self.snapshot()

    def snapshot(self) -> dict[str, bytes]:
        """All states as JSON. Runs on the server's event loop, as DynamoDB's writes do, so that no
        transaction is captured half done."""
        found = {
            name: _text(name, get) for name, get in self._sources().items() if name in SERVICES
        }
        return {name: text for name, text in found.items() if text is not None}

    def save(self, states: Mapping[str, bytes]) -> None:
        """Write the states that differ from what was last written."""
        for name, text in states.items():
            digest = hashlib.blake2b(text).digest()
            if self._written.get(name) != digest:
                write_atomically(self.folder / f"{name}.json", text)
                self._written[name] = digest


def _text(name: str, get: Callable[[], State]) -> bytes | None:
    """The state as ministack would write it. Its helpers are private, so ministack is pinned."""
    from ministack.core import persistence

    try:
        with _reading():
            wrapped = {
                "__ministack_format__": persistence._state_format_version(name),
                "payload": get(),
            }
            return json.dumps(wrapped, default=persistence._json_default).encode()
    except RuntimeError:  # a worker thread is changing it; saved next time
        logger.debug("%s was busy", name)
        return None


_thread_state = threading.local()


@contextmanager
def _reading() -> Iterator[None]:
    _thread_state.reading = True
    try:
        yield
    finally:
        _thread_state.reading = False


def read_without_copying(module: Any) -> None:
    """Skip the deep copy that a service makes of its state: it is serialised before any write.

    Serialising 20,000 items of 20 attributes blocks the loop for 0.25 s instead of 1.6 s.
    """

    def deepcopy(value: Any, *memo: Any) -> Any:
        return value if getattr(_thread_state, "reading", False) else copy.deepcopy(value, *memo)

    module.copy = SimpleNamespace(copy=copy.copy, deepcopy=deepcopy)


def load_saved(name: str) -> State | None:
    """The last saved state of a service, or None."""
    from ministack.core import persistence

    return persistence.load_state(name)


def write_atomically(path: Path, text: bytes) -> None:
    """Raises OSError (a full disk, for example) and then leaves the old file in place."""
    draft = path.with_suffix(".new")
    try:
        with draft.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        draft.unlink(missing_ok=True)  # free the space
        raise
    if path.exists():
        path.replace(path.with_suffix(".previous"))
    draft.replace(path)


def restore_damaged(folder: Path) -> list[str]:
    """Replace every unreadable file by the previous save. Returns their services."""
    return [path.stem for path in _names(folder) if not _readable(path) and _restore_previous(path)]


def _names(folder: Path) -> list[Path]:
    saved = {path.with_suffix(".json") for path in folder.glob("*.previous")}
    return sorted(saved | set(folder.glob("*.json")))


def _readable(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return True


def _restore_previous(path: Path) -> bool:
    previous = path.with_suffix(".previous")
    if _readable(previous):
        path.write_bytes(previous.read_bytes())
    else:
        path.unlink(missing_ok=True)
    return True
