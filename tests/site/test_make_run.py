"""`make run`: one command starts it all, one signal stops it all, and nothing is lost between."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest

from aptmagic.local import running_cloud, seed
from aptmagic.local.environment import clean_environment
from aptmagic.local.processes import wait_until
from tests.site.test_embedded_cloud import descendants, is_alive, listening

# What a shell may hold; each of these once broke or changed `make run`.
HOSTILE = {
    "AWS_CONFIG_FILE": __file__,
    "AWS_PROFILE": "work",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "CACHE_URL": "redis://nowhere.invalid:6379",
    "COGNITO_POOL_ID": "us-east-1_somebodys",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "LC_ALL": "C",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "DEBUG",
    "LOGIN_URL": "https://login.invalid",
    "MINISTACK_HOST": "elsewhere.invalid",
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
    "STAGE": "production",
    "TZ": "Asia/Ho_Chi_Minh",
}
READY = "APT Magic is ready at "


class House:
    """A `make run` in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        cloud_port: int | None = None,
        demo: str = "nobody",
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.log = folder / "run.log"
        self.browser = build_opener(HTTPCookieProcessor(CookieJar()))
        command = [
            *(sys.executable, "-m", "aptmagic.local.run", f"--demo={demo}"),
            *(f"--port={self.port}", f"--cloud-port={cloud_port or free_port()}"),
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=running_cloud.PROJECT,
                env={**clean_environment(), **HOSTILE, "LOCAL_DIR": str(folder / "local")},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def has_settled(self) -> bool:
        return "Ctrl-C" in self.said or self.process.poll() is not None

    def until_ready(self) -> "House":
        assert wait_until(self.has_settled, seconds=90)
        assert READY in self.said, self.said
        return self

    def health(self) -> dict[str, object]:
        with urlopen(f"http://127.0.0.1:{self.port}/healthz") as answer:
            found: dict[str, object] = json.load(answer)
        return found

    def page(self, path: str, form: dict[str, str] | None = None) -> str:
        """A page as the one browser of this house sees it, after a form is sent if there is one."""
        url = f"http://127.0.0.1:{self.port}{path}"
        data = urlencode(form).encode() if form else None
        with self.browser.open(Request(url, data, {"Referer": url})) as answer:
            return str(answer.read().decode())

    def send(self, path: str, **form: str) -> str:
        """Fill in a page's form; the page that answers."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page(path))
        assert token, path
        return self.page(path, {**form, "csrfmiddlewaretoken": token[1]})

    def token(self, handle: str) -> str:
        made = subprocess.run(
            [sys.executable, "manage.py", "token", handle, "--scopes", "read"],
            cwd=running_cloud.PROJECT,
            env={**clean_environment(), "LOCAL_DIR": str(self.folder / "local")},
            capture_output=True,
            check=True,
        )
        return made.stdout.decode().strip()

    def family(self) -> set[int]:
        return descendants(self.process.pid)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def opened(**options: Any) -> House:
        made.append(House(tmp_path, **options))
        return made[-1]

    yield opened
    for house in made:
        if house.process.poll() is None:
            house.end()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as somewhere:
        port: int = somewhere.getsockname()[1]
    return port


def test_it_says_where_it_is_and_who_may_come_in_from_this_machine_only(
    open_house: Callable[..., House],
) -> None:
    house = open_house().until_ready()
    assert house.said.startswith("local-aptmagic-data: Add")
    assert f"{READY}http://127.0.0.1:{house.port}\n" in house.said
    assert "@mira" not in house.said, "nobody is named who is not there"
    assert "123456" in house.said
    assert house.health()["ok"] is True
    with urlopen(f"http://127.0.0.1:{house.port}/static/css/base.css") as stylesheet:
        assert stylesheet.headers["Content-Type"].startswith("text/css")
    places = [place for pid in house.family() for place in listening(pid)]
    assert {host for host, _ in places} == {"127.0.0.1"}


def test_who_is_named_can_sign_in_at_once_by_page_and_by_token(
    open_house: Callable[..., House],
) -> None:
    house = open_house(demo="people").until_ready()
    for person in seed.PEOPLE:
        assert f"@{person.handle}  {person.email}  {person.password}" in house.said
        authorization = {"Authorization": f"Bearer {house.token(person.handle)}"}
        me = Request(f"http://127.0.0.1:{house.port}/api/v1/me/", headers=authorization)
        with urlopen(me) as answer:
            assert json.load(answer)["email"] == person.email
    first = seed.PEOPLE[0]
    house.send("/sign-in/", email=first.email, password=first.password)
    assert f"/@{first.handle}/" in house.page("/settings/profile/")


def test_a_signal_stops_everything_and_a_second_start_is_quick_and_changes_nothing(
    open_house: Callable[..., House],
) -> None:
    cloud_port = free_port()
    first = open_house(cloud_port=cloud_port).until_ready()
    family = first.family()
    assert first.end(signal.SIGINT) == 0
    assert first.said.endswith("Stopped. Your data is kept in .local/.\n")
    assert wait_until(lambda: not any(map(is_alive, family)), seconds=10)
    started = time.monotonic()
    second = open_house(port=first.port, cloud_port=cloud_port).until_ready()
    # Five seconds on a quiet laptop; other tests may be running beside this one.
    assert time.monotonic() - started < 5 * max(1.0, os.getloadavg()[0])
    assert second.said.startswith(READY)
    assert second.health()["ok"] is True
    assert second.end(signal.SIGTERM) == 0


def test_neither_a_terminal_that_goes_nor_a_reader_who_has_enough_ends_it(
    tmp_path: Path,
) -> None:
    """`nohup make run | head -1`: the signal is ignored as asked, and nobody reads the rest."""
    port = free_port()
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "aptmagic.local.run", "--demo=nobody"),
            *(f"--port={port}", f"--cloud-port={free_port()}"),
        ],
        cwd=running_cloud.PROJECT,
        env={**clean_environment(), "LOCAL_DIR": str(tmp_path / "local")},
        stdout=writer,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    os.close(writer)
    try:
        with os.fdopen(reader, "rb", buffering=0) as lines:
            assert lines.read(1), "the first of what it says"
        assert wait_until(lambda: answers(port), seconds=60)
        process.send_signal(signal.SIGHUP)
        assert not wait_until(lambda: process.poll() is not None, seconds=1.5)
        assert answers(port)
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1]
    assert (process.returncode, said) == (0, b"")


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/robots.txt") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.parametrize("who", ["site", "cloud"])
def test_when_a_part_dies_it_says_which_and_stops(
    open_house: Callable[..., House], tmp_path: Path, who: str
) -> None:
    house = open_house().until_ready()
    family = house.family()
    module = "gunicorn" if who == "site" else "aptmagic.local.cloud"
    os.kill(next(pid for pid in sorted(family) if module in command_of(pid)), signal.SIGKILL)
    assert house.process.wait(30) == 2
    assert f"The {who} process died" in house.said
    assert ("except for the last few seconds" in house.said) == (who == "cloud")
    assert wait_until(lambda: not any(map(is_alive, family)), seconds=10)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a killed parent")
def test_even_a_killed_house_leaves_nobody_behind(open_house: Callable[..., House]) -> None:
    house = open_house().until_ready()
    family = house.family()
    house.end(signal.SIGKILL)
    assert wait_until(lambda: not any(map(is_alive, family)), seconds=15)


@pytest.mark.parametrize("which", ["port", "cloud_port"])
def test_a_port_in_use_is_one_sentence_and_nothing_is_left_running(
    open_house: Callable[..., House], which: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        taken = somebody_else.getsockname()[1]
        house = open_house(**{which: taken})
        assert house.process.wait(30) == 2
    assert house.said.startswith(f"Port {taken} cannot be used for the ")
    assert house.said.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(
    open_house: Callable[..., House], tmp_path: Path
) -> None:
    (tmp_path / "local").touch()
    house = open_house()
    assert house.process.wait(30) == 2
    assert house.said.startswith(f"Cannot write to {tmp_path}/local/: ")
    assert house.said.count("\n") == 1


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("3.9.2", "APT Magic needs Python 3.11 or newer, but '{python}' is 3.9.2"),
        (None, "'{python}' was not found. Install Python 3.11 or newer"),
    ],
)
def test_a_python_too_old_is_one_sentence(
    tmp_path: Path, version: str | None, sentence: str
) -> None:
    python = tmp_path / "python3"
    if version:
        python.write_text(
            f'#!/bin/sh\ncase "$2" in *version_info*) exit 1;; *) echo {version};; esac\n'
        )
        python.chmod(0o755)
    ended = subprocess.run(
        [running_cloud.PROJECT / "requirements" / "python", python],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(sentence.format(python=python))
    assert ended.stderr.count("\n") == 1


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
