"""Keeps the embedded cloud's state on disk: soon after a change, whole, and never half a file.

ministack writes its state only when it is stopped politely. Here it is written at most a few
seconds after a change, by a thread of its own; how long the last save took decides how long to
wait before the next. A file is written beside the old one, flushed, and then renamed; the old one
stays as `<name>.previous`, so a start that finds a damaged file goes back one save.
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

SOONEST, LATEST = 1.0, 4.0
SHARE = 10  # saving takes at most about a tenth of a core
# ministack imports all its services with CloudFormation; loading the state of a hundred unused
# ones would double the time to start. Logs and metrics are chatter that would outgrow the data.
KEPT = {
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


class Keeper:
    """Saves what `sources()` yields after `touch()`, and once more when things have gone quiet."""

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
            # Workflows and timers change things without a request: look again after a while.
            self._changed.wait(timeout=15)
            self._changed.clear()
            if self._stopping.wait(min(LATEST, max(SOONEST, self.cost * SHARE))):
                return
            try:
                started = time.perf_counter()
                self.save(run_coroutine_threadsafe(self._snapshot(), self._loop).result())
                self.cost = time.perf_counter() - started
            except OSError as error:
                logger.error("the state cannot be saved: %s; trying again", error.strerror)
                self._changed.set()
            except Exception:
                logger.exception("could not save the embedded cloud's state; trying again")
                self._changed.set()

    async def _snapshot(self) -> dict[str, bytes]:
        return self.snapshot()

    def snapshot(self) -> dict[str, bytes]:
        """All states as text. Taken in one turn of the server's loop, where DynamoDB's writes
        happen, so that no transaction is seen half done."""
        found = {name: _text(name, get) for name, get in self._sources().items() if name in KEPT}
        return {name: text for name, text in found.items() if text is not None}

    def save(self, states: Mapping[str, bytes]) -> None:
        """Write the states that differ from what was last written."""
        for name, text in states.items():
            digest = hashlib.blake2b(text).digest()
            if self._written.get(name) != digest:
                write(self.folder / f"{name}.json", text)
                self._written[name] = digest


def _text(name: str, get: Callable[[], State]) -> bytes | None:
    """The state as ministack would write it. Its helpers are private, so ministack is pinned."""
    from ministack.core import persistence

    try:
        with _uncopied():
            wrapped = {
                "__ministack_format__": persistence._state_format_version(name),
                "payload": get(),
            }
            return json.dumps(wrapped, default=persistence._json_default).encode()
    except RuntimeError:  # a worker thread changed it at this moment: next time
        logger.debug("%s was busy", name)
        return None


_here = threading.local()


@contextmanager
def _uncopied() -> Iterator[None]:
    _here.reading = True
    try:
        yield
    finally:
        _here.reading = False


def quicken(module: Any) -> None:
    """Let a service give its state without copying it first: it is read before anyone can write.

    20,000 items of 20 attributes cost 0.25 s of the server's loop instead of 1.6 s.
    """

    def deepcopy(value: Any, *memo: Any) -> Any:
        return value if getattr(_here, "reading", False) else copy.deepcopy(value, *memo)

    module.copy = SimpleNamespace(copy=copy.copy, deepcopy=deepcopy)


def saved(name: str) -> State | None:
    """What was last saved of a service."""
    from ministack.core import persistence

    return persistence.load_state(name)


def write(path: Path, text: bytes) -> None:
    """Raises OSError, of a full disk for one; what was there is there then."""
    draft = path.with_suffix(".new")
    try:
        with draft.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        draft.unlink(missing_ok=True)  # half of it would only fill the disk
        raise
    if path.exists():
        path.replace(path.with_suffix(".previous"))
    draft.replace(path)


def mend(folder: Path) -> list[str]:
    """Put the previous save in the place of every file that cannot be read; their names."""
    return [path.stem for path in _names(folder) if not _readable(path) and _step_back(path)]


def _names(folder: Path) -> list[Path]:
    saved = {path.with_suffix(".json") for path in folder.glob("*.previous")}
    return sorted(saved | set(folder.glob("*.json")))


def _readable(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return True


def _step_back(path: Path) -> bool:
    previous = path.with_suffix(".previous")
    if _readable(previous):
        path.write_bytes(previous.read_bytes())
    else:
        path.unlink(missing_ok=True)
    return True
