"""Child processes that `make run` starts, watches and stops."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

STOP_TIMEOUT = 10.0  # seconds before a process is killed


class ManagedProcess:
    """A child process whose output goes to a log file."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        niceness: int = 0,
        keep: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for `make run`, which decides the order
                pass_fds=keep,
                preexec_fn=lambda: _begin(niceness),
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._process.poll()

    def last_lines(self, lines: int = 12) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return "\n".join(text[-lines:])

    def ask_to_stop(self) -> None:
        if self.code is None:
            self._process.terminate()

    def stop(self) -> None:
        """Terminate it, and kill it after STOP_TIMEOUT."""
        self.ask_to_stop()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _begin(niceness: int) -> None:
    if niceness:
        os.nice(niceness)
    if sys.platform == "linux":
        # PR_SET_PDEATHSIG: stop even if `make run` is killed with SIGKILL.
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def wait_until(done: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Whether `done()` became true within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(pause)
    return False
