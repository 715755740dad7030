"""`make run`: starts the embedded cloud, deploys the stacks into it, and serves the site."""

import argparse
import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from aptmagic.local import attach, environment, running_cloud, seed
from aptmagic.local.listening import StartupError, listen
from aptmagic.local.processes import ManagedProcess, wait_until

LOGS = running_cloud.FOLDER / "logs"
CODE = "123456"  # the embedded Cognito sends everyone this code

EXIT_UNSAVED = 3  # the cloud's exit status when it could not save its last changes
MIN_FREE_BYTES = 100_000_000
NOBODY, PEOPLE, PICTURES = "nobody", "people", "pictures"


def main() -> int:
    options = _options()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if name == signal.SIGHUP and signal.getsignal(name) == signal.SIG_IGN:
            continue  # started with nohup
        signal.signal(name, lambda *_: stop.set())
    site = LocalSite(options.port, options.cloud_port, stop, demo=options.demo)
    try:
        site.open()
        site.watch()
    except StartupError as error:
        with suppress(BrokenPipeError):
            print(error, file=sys.stderr)
        return 2
    finally:
        site.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--cloud-port", type=int, default=4566)
    parser.add_argument(
        "--demo",
        choices=(NOBODY, PEOPLE, PICTURES),
        default=PICTURES,
        help="create demo users, and generate their pictures in the background",
    )
    return parser.parse_args()


class LocalSite:
    """All processes of `make run`."""

    def __init__(
        self, port: int, cloud_port: int, stop: threading.Event, *, demo: str = PICTURES
    ) -> None:
        self.port = port
        self.cloud_port = cloud_port
        self.url = f"http://127.0.0.1:{port}"
        self._stop = stop
        self._demo = demo
        self._ready = False
        self._cloud_died = False
        self._children: list[ManagedProcess] = []

    def open(self) -> None:
        """Start everything. Returns when the site answers, or when asked to stop."""
        _make_folders()
        # Bound first, so that a used port is reported at once.
        listener = listen(
            self.port, purpose="the site", instead=f"PORT={8001 if self.port == 8000 else 8000}"
        )
        self._set_environment()
        cloud = self._start_cloud()
        deploy = _deployer()  # imports Django and boto3 while the cloud starts
        self._wait_for(cloud, lambda: _is_running(cloud), "The embedded cloud")
        if self._stop.is_set():
            return
        os.environ.update(deploy())
        people = self._start_demo_users()
        site = self._start_site(listener)
        self._wait_for(site, lambda: _answers(self.port), "The site")
        there = people is not None and self._demo_users_created(people)
        if not self._stop.is_set():
            self._say_ready(there)
            self._start_background_work()

    def watch(self) -> None:
        """Wait until asked to stop. Raises StartupError if a process dies."""
        room = DiskSpace(running_cloud.FOLDER)
        while not self._stop.wait(0.5):
            room.look()
            for child in list(self._children):
                if child.code is not None:
                    self._on_exit(child)

    def close(self) -> None:
        """Stop all processes, the cloud last so that it saves everything."""
        if not self._children:
            return
        for child in self._children[1:]:
            child.ask_to_stop()
        for child in reversed(self._children):
            child.stop()
        if self._ready:
            say(f"\nStopped. {self._data_message()}")

    def _data_message(self) -> str:
        cloud = self._children[0]
        if cloud.code == EXIT_UNSAVED:
            return (
                f"Could not save the last changes in {running_cloud.FOLDER}/. Is the disk full? "
                "Everything saved before that is safe."
            )
        if self._cloud_died or cloud.code:
            return "Your data is kept in .local/, except for the last few seconds."
        return "Your data is kept in .local/."

    # One by one ---------------------------------------------------------------------------------
    def _set_environment(self) -> None:
        environment.clean()
        os.environ.update(
            attach.environment(f"http://127.0.0.1:{self.cloud_port}"),
            STAGE="local",
            SITE_URL=self.url,
            SECRET_KEY=attach.secret_key(running_cloud.FOLDER),
            DJANGO_SETTINGS_MODULE="aptmagic.settings",
        )

    def _start_cloud(self) -> ManagedProcess:
        return self._start(
            "cloud",
            "-m",
            "aptmagic.local.cloud",
            f"--port={self.cloud_port}",
            f"--dir={running_cloud.FOLDER}",
        )

    def _start_site(self, listener: socket.socket) -> ManagedProcess:
        return self._start(
            "site",
            "-m",
            "gunicorn",
            "--worker-class=gthread",
            "--workers=2",
            "--threads=8",
            "--preload",
            "--no-control-socket",
            "--log-level=warning",
            f"--bind=fd://{listener.fileno()}",
            "aptmagic.local.site:application",
            keep=[listener.fileno()],
        )

    def _start_demo_users(self) -> ManagedProcess | None:
        """Sign the demo users up while the site starts."""
        if self._demo == NOBODY:
            return None
        return self._start("people", "manage.py", "seed", "--people")

    def _demo_users_created(self, people: ManagedProcess) -> bool:
        wait_until(lambda: self._stop.is_set() or people.code is not None, seconds=60)
        people.stop()
        self._children.remove(people)
        if people.code and not self._stop.is_set():
            say(f"Could not create the demo users; see {people.log}.")
        return people.code == 0

    def _start_background_work(self) -> None:
        """Sweep, and generate the demo pictures at low priority."""
        from botocore.exceptions import BotoCoreError, ClientError

        from aptmagic.local import worker_function

        # If the cloud has just died, `watch` reports it.
        with suppress(BotoCoreError, ClientError):
            worker_function.start_worker("local")
        if self._demo == PICTURES:
            self._start("seed", "manage.py", "seed", niceness=15)

    def _start(
        self, name: str, *arguments: str, niceness: int = 0, keep: list[int] | None = None
    ) -> ManagedProcess:
        child = ManagedProcess(
            name,
            arguments,
            environment=os.environ,
            folder=running_cloud.PROJECT,
            log=LOGS / f"{name}.log",
            niceness=niceness,
            keep=keep or [],
        )
        self._children.append(child)
        return child

    def _wait_for(self, child: ManagedProcess, ready: Callable[[], bool], who: str) -> None:
        def settled() -> bool:
            return self._stop.is_set() or child.code is not None or ready()

        if not wait_until(settled, seconds=60, pause=0.05):
            raise StartupError(f"{who} didn't respond within a minute:\n{child.last_lines()}")
        if child.code is not None:
            raise StartupError(child.last_lines())

    def _on_exit(self, child: ManagedProcess) -> None:
        if child.name != "seed":
            self._cloud_died = child.name == "cloud"
            raise StartupError(
                f"The {child.name} process died (exit status {child.code}); stopping.\n"
                + child.last_lines()
            )
        self._children.remove(child)
        if child.code:
            say(f"Some demo pictures could not be generated; see {child.log}.")

    def _say_ready(self, people: bool) -> None:
        """`people`: whether the demo users exist."""
        self._ready = True
        lines = [f"  @{each.handle}  {each.email}  {each.password}\n" for each in seed.PEOPLE]
        named = f"Demo users:\n{''.join(lines)}\n" if people else ""
        say(
            f"APT Magic is ready at {self.url}\n\n{named}"
            f"Confirmation codes are always {CODE}. All e-mail is at {self.url}/dev/mail/.\n"
            "Press Ctrl-C to stop. Your data is kept."
        )


class DiskSpace:
    """Warns when the disk is nearly full, once each time that happens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said = False

    def look(self) -> None:
        """One system call; nothing is read from the disk."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return
        full = free < MIN_FREE_BYTES
        if full and not self._said:
            say(
                f"The disk is nearly full ({free // 1_000_000} MB free): new pictures may fail, "
                "without being charged, and the last changes may not be saved. Free some space."
            )
        self._said = full


def say(sentence: str) -> None:
    """Print it. Keeps running when the output is closed (`make run | head -1`)."""
    try:
        print(sentence, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _make_folders() -> None:
    try:
        LOGS.mkdir(parents=True, exist_ok=True)
        (LOGS / "writable").touch()
        (LOGS / "writable").unlink()
    except OSError as error:
        raise StartupError(f"Cannot write to {running_cloud.FOLDER}/: {error.strerror}.") from error


def _is_running(cloud: ManagedProcess) -> bool:
    found = running_cloud.find()
    return found is not None and found.pid == cloud.pid


def _deployer() -> Callable[[], dict[str, str]]:
    """A function that deploys the stacks and the worker."""
    import django

    django.setup()
    from aptmagic.deploy.errors import DeploymentError
    from aptmagic.local import worker_function

    def deploy() -> dict[str, str]:
        try:
            return worker_function.cached_environment("local") or worker_function.deploy(
                "local", echo=say
            )
        except DeploymentError as error:
            raise StartupError(str(error)) from error

    return deploy


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
