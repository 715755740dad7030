"""What a newcomer's machine and shell may change in `make run` and `make test`: nothing."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aptmagic.local import attach, environment, running_cloud
from requirements import registries

COOKIES = """
import json
from django.conf import settings
from accounts import cookies
from aptmagic.web.messages import MessageStorage
print(json.dumps([
    settings.SESSION_COOKIE, settings.CSRF_COOKIE_NAME, settings.THEME_COOKIE_NAME,
    settings.LANGUAGE_COOKIE_NAME, cookies.PENDING_SIGN_UP, cookies.KNOWN_DEVICE, cookies.CHALLENGE,
    MessageStorage.cookie_name]))
"""


def cookies_of(folder: Path) -> list[str]:
    folder.mkdir()
    names = subprocess.run(
        [sys.executable, "-c", COOKIES],
        cwd=running_cloud.PROJECT,
        env={
            "PATH": os.environ["PATH"],
            "SECRET_KEY": attach.secret_key(folder),
            "DJANGO_SETTINGS_MODULE": "aptmagic.settings",
        },
        capture_output=True,
        check=True,
    )
    found: list[str] = json.loads(names.stdout)
    return found


def test_two_checkouts_on_one_host_share_no_cookie(tmp_path: Path) -> None:
    """Browsers tell hosts apart, and no ports."""
    one, other = cookies_of(tmp_path / "one"), cookies_of(tmp_path / "other")
    assert len({*one, *other}) == 2 * len(one) == 16
    assert attach.secret_key(tmp_path / "one") == attach.secret_key(tmp_path / "one")
    assert (tmp_path / "one" / "secret-key").stat().st_mode & 0o077 == 0


# What a shell may hold: each changed something once, or could.
HOSTILE = {
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_PROFILE": "work",
    "CACHE_URL": "redis://nowhere",
    "CDPATH": "/tmp",  # noqa: S108
    "DJANGO_SETTINGS_MODULE": "another.settings",
    "GIT_DIR": "/nowhere",
    "LC_ALL": "C",
    "LOG_LEVEL": "DEBUG",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_TARGET": "/nowhere",
    "PIP_USER": "1",
    "PYTEST_ADDOPTS": "--nope",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": "/nowhere",
    "PYTHONUTF8": "0",
    "PYTHONWARNINGS": "error",
    "SECRET_KEY": "somebody's",
    "STAGE": "production",
    "TZ": "Asia/Ho_Chi_Minh",
    "UV_SYSTEM_PYTHON": "1",
    "VIRTUAL_ENV": "/nowhere",
    "NEVER_HEARD_OF": "it",
}
MIRROR = {
    "HTTPS_PROXY": "http://proxy.example",
    "PIP_INDEX_URL": "https://mirror.example/simple",
    "SSL_CERT_FILE": "/certificates",
}
SCRIPTS = running_cloud.PROJECT / "requirements"


def sealed(*options: str, **shell: str) -> dict[str, str]:
    """What a command sees that is run by `requirements/sealed` in such a shell."""
    seen = subprocess.run(
        [SCRIPTS / "sealed", *options, sys.executable, "-c", SAY],
        env={"PATH": os.environ["PATH"], "HOME": "/home/a b's $HOME", **shell},
        capture_output=True,
        check=True,
    )
    found: dict[str, str] = json.loads(seen.stdout)
    return found


SAY = "import json, os; print(json.dumps(dict(os.environ)))"
ALWAYS = {"HOME": "/home/a b's $HOME", "LANG": "C.UTF-8", "PYTHONUTF8": "1"}


def test_a_command_sees_what_is_listed_and_nothing_else() -> None:
    seen = sealed(**HOSTILE, **MIRROR)
    assert seen.pop("PATH") == os.environ["PATH"]
    assert seen == ALWAYS


def test_what_installs_sees_the_way_to_the_registries_too() -> None:
    seen = sealed("--install", **HOSTILE, **MIRROR)
    assert seen.pop("PATH") == os.environ["PATH"]
    assert seen == ALWAYS | MIRROR


def test_our_own_processes_see_the_same_as_the_commands_of_make() -> None:
    shell = {**HOSTILE, **MIRROR, "HOME": "/home/a b's $HOME", "PATH": os.environ["PATH"]}
    assert environment.clean_environment(shell) == sealed(**HOSTILE, **MIRROR)
    environment.clean(shell, also=["STAGE"])
    assert shell == sealed() | {"STAGE": "production"}


@pytest.mark.parametrize("target", ["run", "test", "check", "messages", "reset", "lock", "bench"])
def test_everything_that_make_starts_is_sealed(target: str) -> None:
    said = subprocess.run(
        ["make", "--dry-run", "--always-make", "--no-print-directory", target],
        cwd=running_cloud.PROJECT,
        env={**os.environ, "ARGS": "--from-the-shell", "DATA_TOO": "yes"},
        capture_output=True,
        check=True,
    )
    lines = said.stdout.decode().splitlines()
    harmless = ("touch ", "rm -rf ", "git ls-files ", "install -m ")
    assert [line for line in lines if "requirements/sealed " not in line] == [
        line for line in lines if line.startswith(harmless) and "requirements/sealed" not in line
    ]
    assert "--from-the-shell" not in said.stdout.decode()


def reach(**configuration: str) -> dict[str, str]:
    """What uv and pip are told in a shell without variables of theirs."""
    return registries.environment({"HOME": "/", "PATH": "/bin"}, configuration)


def test_a_mirror_in_pips_configuration_is_used_by_uv_too() -> None:
    told = reach(
        **{
            "index-url": "https://mirror.example/simple",
            "extra-index-url": "https://one.example\nhttps://two.example",
            "find-links": "/wheels",
            "trusted-host": "mirror.example",
            "cert": "/certificates",
            "client-cert": "/me.pem",
            "timeout": "90",
            "proxy": "http://proxy.example",
        }
    )
    assert told["PIP_INDEX_URL"] == told["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert told["PIP_FIND_LINKS"] == told["UV_FIND_LINKS"] == "/wheels"
    assert told["UV_INDEX"] == "https://one.example https://two.example"
    assert told["UV_INDEX_STRATEGY"] == "unsafe-best-match", "as pip chooses"
    assert told["PIP_TRUSTED_HOST"] == told["UV_INSECURE_HOST"] == "mirror.example"
    assert told["PIP_CERT"] == told["SSL_CERT_FILE"] == "/certificates"
    assert told["PIP_CLIENT_CERT"] == told["SSL_CLIENT_CERT"] == "/me.pem"
    assert told["PIP_TIMEOUT"] == told["UV_HTTP_TIMEOUT"] == "90"
    assert told["PIP_PROXY"] == told["ALL_PROXY"] == "http://proxy.example"
    assert told["PIP_CONFIG_FILE"] == os.devnull and told["UV_NO_CONFIG"] == "1"


@pytest.mark.parametrize("named", ["", "mirror="])
def test_a_mirror_that_only_uv_is_told_of_is_used_by_pip_too(named: str) -> None:
    shell = {"HOME": "/", "UV_DEFAULT_INDEX": f"{named}https://mirror.example/simple?a=b"}
    told = registries.environment(shell, {})
    assert told["PIP_INDEX_URL"] == "https://mirror.example/simple?a=b"
    assert told["UV_DEFAULT_INDEX"] == shell["UV_DEFAULT_INDEX"]


def test_of_pips_configuration_only_the_way_to_the_registries_counts(tmp_path: Path) -> None:
    """Asked of pip itself, with a file of everything."""
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://global.example/simple\ntimeout = 7\nuser = true\n"
        "find-links =\n  /one\n  /two\n"
        "[install]\nindex-url = https://install.example/simple\nno-binary = :all:\n"
        "[download]\ncert = /nowhere\n",
        encoding="utf-8",
    )
    shell = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
        "PIP_DEFAULT_TIMEOUT": "33",
        **{name: value for name, value in HOSTILE.items() if name.startswith(("PIP", "PYTHON"))},
    }
    found = registries.pip_configuration(shell)
    assert found["index-url"] == "https://install.example/simple"
    assert found["timeout"] == "33" and found["find-links"].split() == ["/one", "/two"]
    assert "user" not in found and "no-binary" not in found and "/nowhere" not in found.values()
    told = registries.environment(shell, found)
    assert {name: told[name] for name in told.keys() & HOSTILE.keys()} == {"PYTHONUTF8": "1"}
    assert told["UV_FIND_LINKS"] == "/one,/two"


def test_a_home_that_cannot_be_written_has_its_caches_in_the_checkout() -> None:
    told = registries.environment({"HOME": "/dev/null"}, {})
    assert Path(told["UV_CACHE_DIR"]) == running_cloud.PROJECT / ".venv" / "cache" / "uv"
    assert Path(told["PIP_CACHE_DIR"]) == running_cloud.PROJECT / ".venv" / "cache" / "pip"


def test_a_home_that_can_be_written_keeps_the_caches(tmp_path: Path) -> None:
    assert "UV_CACHE_DIR" not in registries.environment({"HOME": str(tmp_path)}, {})


@pytest.fixture
def virtualenv(tmp_path: Path) -> Callable[[], Path]:
    """Makes one as `make` does, without pip, which takes seconds; gives its folder."""
    python = tmp_path / "python3"
    python.write_text(
        f'#!/bin/sh\n[ "$2" != venv ] || set -- -m venv --without-pip "$3"\n'
        f'exec {sys.base_prefix}/bin/python3 "$@"\n',
        encoding="utf-8",
    )
    python.chmod(0o755)

    def made() -> Path:
        subprocess.run([SCRIPTS / "virtualenv", python, tmp_path / "venv"], check=True)
        return tmp_path / "venv"

    return made


def test_a_virtualenv_that_is_whole_is_left_alone(virtualenv: Callable[[], Path]) -> None:
    folder = virtualenv()
    before = (folder / ".python").stat().st_mtime_ns
    (folder / "mine").touch()
    virtualenv()
    assert (folder / "mine").exists() and (folder / ".python").stat().st_mtime_ns == before


def interrupted_while_it_was_made(folder: Path) -> None:
    (folder / ".python").unlink()


def interrupted_while_packages_came(folder: Path) -> None:
    (folder / ".unfinished").touch()


def upgraded(folder: Path) -> None:
    (folder / ".python").write_text("3 9 /usr /elsewhere\n", encoding="utf-8")


def without_its_python(folder: Path) -> None:
    (folder / "bin" / "python3").unlink()
    (folder / "bin" / "python3").symlink_to("/nowhere/python3")


def elsewhere(folder: Path) -> None:
    """As when the checkout was copied: its scripts name the former folder."""
    stamp = (folder / ".python").read_text(encoding="utf-8")
    moved = stamp.replace(str(folder), "/former")
    (folder / ".python").write_text(moved, encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        interrupted_while_it_was_made,
        interrupted_while_packages_came,
        upgraded,
        without_its_python,
        elsewhere,
    ],
)
def test_a_virtualenv_that_would_not_work_is_made_anew(
    virtualenv: Callable[[], Path], damage: Callable[[Path], None]
) -> None:
    folder = virtualenv()
    (folder / "left").touch()
    damage(folder)
    virtualenv()
    assert not (folder / "left").exists() and not (folder / ".unfinished").exists()
    subprocess.run([folder / "bin" / "python", "-c", "pass"], check=True)


def without_encoding(path: Path) -> Iterator[str]:
    """Calls that read or write text as the locale says."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and depends_on_locale(node):
            yield f"{path.relative_to(running_cloud.PROJECT)}:{node.lineno}"


def depends_on_locale(call: ast.Call) -> bool:
    said = {keyword.arg for keyword in call.keywords}
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if "encoding" in said:
        return False
    if name == "read_text":
        return not call.args
    if name == "write_text":
        return len(call.args) < 2
    if name == "open" and isinstance(call.func, ast.Name):
        return "b" not in "".join(ast.unparse(argument) for argument in call.args[1:])
    return name in ("run", "Popen", "check_output") and "text" in said


def test_no_file_of_ours_is_read_as_the_locale_says() -> None:
    parts = ("aptmagic", "accounts", "generation", "gallery", "requirements")
    files = [file for part in parts for file in (running_cloud.PROJECT / part).rglob("*.py")]
    assert len(files) > 200
    assert [place for file in files for place in without_encoding(file)] == []
