"""`make run`: the embedded cloud, the stacks in it, the site. Ready in seconds, gone on Ctrl-C."""

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

from aptmagic.local import address, attach, environment, seed
from aptmagic.local.processes import Child, wait_until

LOGS = address.FOLDER / "logs"
CODE = "123456"  # what the embedded Cognito sends to everyone


UNSAVED = 3  # the cloud's exit status when it could not save its last changes
LEAST_FREE = 100_000_000  # bytes
NOBODY, PEOPLE, PICTURES = "nobody", "people", "pictures"


class CannotRun(Exception):
    """Why nothing runs, in a sentence."""


def main() -> int:
    options = _options()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if name == signal.SIGHUP and signal.getsignal(name) == signal.SIG_IGN:
            continue  # nohup: the terminal may go
        signal.signal(name, lambda *_: stop.set())
    house = House(options.port, options.cloud_port, stop, demo=options.demo)
    try:
        house.open()
        house.watch()
    except CannotRun as error:
        with suppress(BrokenPipeError):
            print(error, file=sys.stderr)
        return 2
    finally:
        house.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--cloud-port", type=int, default=4566)
    parser.add_argument(
        "--demo",
        choices=(NOBODY, PEOPLE, PICTURES),
        default=PICTURES,
        help="demo people, and what they draw in the background",
    )
    return parser.parse_args()


class House:
    """Everything that runs here, from first to last."""

    def __init__(
        self, port: int, cloud_port: int, stop: threading.Event, *, demo: str = PICTURES
    ) -> None:
        self.port = port
        self.cloud_port = cloud_port
        self.url = f"http://127.0.0.1:{port}"
        self._stop = stop
        self._demo = demo
        self._ready = False
        self._cut_off = False  # the cloud died and could not save
        self._children: list[Child] = []

    def open(self) -> None:
        """Start it all; returns when the site answers or a person wants to stop."""
        _make_folders()
        door = _door(self.port)
        self._settle_environment()
        cloud = self._start_cloud()
        deploy = _deployer()  # imports Django and boto3 while the cloud starts
        self._wait_for(cloud, lambda: _lives(cloud), "The embedded cloud")
        if self._stop.is_set():
            return
        os.environ.update(deploy())
        people = self._start_people()
        site = self._start_site(door)
        self._wait_for(site, lambda: _answers(self.port), "The site")
        there = people is not None and self._have_come(people)
        if not self._stop.is_set():
            self._say_ready(there)
            self._start_chores()

    def watch(self) -> None:
        """Wait until a person stops us, or something dies."""
        room = DiskSpace(address.FOLDER)
        while not self._stop.wait(0.5):
            room.look()
            for child in list(self._children):
                if child.code is not None:
                    self._has_ended(child)

    def close(self) -> None:
        """Stop everybody, the cloud last: it saves what the others did."""
        if not self._children:
            return
        for child in self._children[1:]:
            child.ask_to_stop()
        for child in reversed(self._children):
            child.stop()
        if self._ready:
            say(f"\nStopped. {self._what_is_kept()}")

    def _what_is_kept(self) -> str:
        cloud = self._children[0]
        if cloud.code == UNSAVED:
            return (
                f"The last changes could not be saved in {address.FOLDER}/: is its disk full? "
                "What was there before them is kept."
            )
        if self._cut_off or cloud.code:
            return "All but the last seconds is kept in .local/."
        return "Everything is kept in .local/."

    # One by one ---------------------------------------------------------------------------------
    def _settle_environment(self) -> None:
        environment.seal()
        os.environ.update(
            attach.environment(f"http://127.0.0.1:{self.cloud_port}"),
            STAGE="local",
            SITE_URL=self.url,
            SECRET_KEY=attach.secret_key(address.FOLDER),
            DJANGO_SETTINGS_MODULE="aptmagic.settings",
        )

    def _start_cloud(self) -> Child:
        return self._start(
            "cloud",
            "-m",
            "aptmagic.local.cloud",
            f"--port={self.cloud_port}",
            f"--dir={address.FOLDER}",
        )

    def _start_site(self, door: socket.socket) -> Child:
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
            f"--bind=fd://{door.fileno()}",
            "aptmagic.local.site:application",
            keep=[door.fileno()],
        )

    def _start_people(self) -> Child | None:
        """Sign the demo people up while the site starts, so that who is named can come in."""
        if self._demo == NOBODY:
            return None
        return self._start("people", "manage.py", "seed", "--people")

    def _have_come(self, people: Child) -> bool:
        wait_until(lambda: self._stop.is_set() or people.code is not None, seconds=60)
        people.stop()
        self._children.remove(people)
        if people.code and not self._stop.is_set():
            say(f"The demo people could not be made; see {people.log}.")
        return people.code == 0

    def _start_chores(self) -> None:
        """Demo pictures, through the real pipeline, when nobody else wants the CPU."""
        from botocore.exceptions import BotoCoreError, ClientError

        from aptmagic.local import function

        # A cloud that has died this moment is told of by those who watch it.
        with suppress(BotoCoreError, ClientError):
            function.wake("local")
        if self._demo == PICTURES:
            self._start("seed", "manage.py", "seed", niceness=15)

    def _start(
        self, name: str, *arguments: str, niceness: int = 0, keep: list[int] | None = None
    ) -> Child:
        child = Child(
            name,
            arguments,
            environment=os.environ,
            folder=address.PROJECT,
            log=LOGS / f"{name}.log",
            niceness=niceness,
            keep=keep or [],
        )
        self._children.append(child)
        return child

    def _wait_for(self, child: Child, ready: Callable[[], bool], who: str) -> None:
        def settled() -> bool:
            return self._stop.is_set() or child.code is not None or ready()

        if not wait_until(settled, seconds=60, pause=0.05):
            raise CannotRun(f"{who} did not answer within a minute:\n{child.last_words()}")
        if child.code is not None:
            raise CannotRun(child.last_words())

    def _has_ended(self, child: Child) -> None:
        if child.name != "seed":
            self._cut_off = child.name == "cloud"
            raise CannotRun(
                f"The {child.name} has died (exit status {child.code}), so everything stops:\n"
                + child.last_words()
            )
        self._children.remove(child)
        if child.code:
            say(f"The demo pictures could not all be made; see {child.log}.")

    def _say_ready(self, people: bool) -> None:
        """With the demo people, if they are there."""
        self._ready = True
        lines = [f"  @{each.handle}  {each.email}  {each.password}\n" for each in seed.PEOPLE]
        named = f"Demo people:\n{''.join(lines)}\n" if people else ""
        say(
            f"APT Magic is ready at {self.url}\n\n{named}"
            f"Confirmation codes are {CODE} here, and all mail is at {self.url}/dev/mail/.\n"
            "Ctrl-C stops everything and keeps the data."
        )


class DiskSpace:
    """Says once that the disk is filling up, and once more each time it fills up again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said = False

    def look(self) -> None:
        """A call of the system; nothing is read from the disk."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return
        full = free < LEAST_FREE
        if full and not self._said:
            say(
                f"The disk is nearly full ({free // 1_000_000} MB free): new pictures may fail, "
                "without being charged, and the last changes may not be saved. Free some space."
            )
        self._said = full


def say(sentence: str) -> None:
    """Print it. When nobody reads any more (`make run | head -1`), the site goes on."""
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
        raise CannotRun(f"Cannot write to {address.FOLDER}/: {error.strerror}.") from error


def _door(port: int) -> socket.socket:
    """The site's socket, taken before anything starts, so that nothing starts in vain."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotRun(
            f"Port {port} cannot be used for the site ({reason}); choose another one: "
            f"make run PORT={8001 if port == 8000 else 8000}."
        ) from error
    return door


def _lives(cloud: Child) -> bool:
    found = address.find()
    return found is not None and found.pid == cloud.pid


def _deployer() -> Callable[[], dict[str, str]]:
    """What brings up the stacks and the worker, ready to be called."""
    import django

    django.setup()
    from aptmagic.deploy import templates
    from aptmagic.local import function

    def deploy() -> dict[str, str]:
        try:
            return function.deployed("local") or function.deploy("local", say=say)
        except templates.CannotDeploy as error:
            raise CannotRun(str(error)) from error

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
