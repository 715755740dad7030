"""Run pip or uv with this machine's configuration for reaching the package registries.

`python requirements/registries.py uv pip install …`. Of pip's configuration (files and variables)
this keeps mirrors, certificates, proxies and timeouts, and drops what would change what is
installed, or where. uv, which does not read pip's configuration, gets the same settings. The
caches move into the checkout if the home folder is not writable.
"""

import ast
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CONNECTION = (
    "cert",
    "client-cert",
    "extra-index-url",
    "find-links",
    "index-url",
    "no-index",
    "proxy",
    "timeout",
    "trusted-host",
)
LOCAL_SOURCES = ("extra-index-url", "find-links", "no-index")
# uv's own variables that are passed on.
UV_CONNECTION = (
    "UV_CACHE_DIR",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_HTTP_TIMEOUT",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_NATIVE_TLS",
    "UV_OFFLINE",
    "UV_SYSTEM_CERTS",
)


def main() -> None:
    command = sys.argv[1:]
    options = pip_configuration(os.environ)
    if "compile" in command:  # a lock must not depend on this machine's files and extra indexes
        options = {name: value for name, value in options.items() if name not in LOCAL_SOURCES}
    if Path(command[0]).name == "uv" and is_on(options.get("no-index", "")):
        command.append("--no-index")
    os.execvpe(command[0], command, environment(os.environ, options))  # noqa: S606  what the caller named


def pip_configuration(shell: Mapping[str, str]) -> dict[str, str]:
    """pip's configuration for reaching the registries, by the names of its options."""
    listed = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "config", "list"],
        env={name: value for name, value in shell.items() if not _is_unrelated(name)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if listed.returncode:
        print(f"Ignoring pip's configuration: {listed.stderr.strip()}", file=sys.stderr)
    return parsed(listed.stdout)


def parsed(listed: str) -> dict[str, str]:
    """Parse `pip config list`: variables override `[install]`, which overrides `[global]`."""
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        name = {"default-timeout": "timeout"}.get(name, name)
        if section in found and name in CONNECTION:
            found[section][name] = ast.literal_eval(value)
    return found["global"] | found["install"] | found[":env:"]


def environment(shell: Mapping[str, str], options: Mapping[str, str]) -> dict[str, str]:
    """The environment variables for pip and uv."""
    others = {
        name: value
        for name, value in shell.items()
        if not name.startswith(("PIP_", "UV_", "PYTHON"))
    }
    found = others | for_pip(shell, options) | for_uv(shell, options)
    if not _can_write(_cache(found)):
        cache = PROJECT / ".venv" / "cache"
        found |= {"UV_CACHE_DIR": str(cache / "uv"), "PIP_CACHE_DIR": str(cache / "pip")}
    return found


def for_pip(shell: Mapping[str, str], options: Mapping[str, str]) -> dict[str, str]:
    index = options.get("index-url") or _url(
        shell.get("UV_DEFAULT_INDEX") or shell.get("UV_INDEX_URL")
    )
    values = {**options, **({"index-url": index} if index else {})}
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PYTHONUTF8": "1",
        **{f"PIP_{name.replace('-', '_').upper()}": value for name, value in values.items()},
    }


def for_uv(shell: Mapping[str, str], options: Mapping[str, str]) -> dict[str, str]:
    """uv searches all indexes, as pip does; hashes make sure that it is the right file."""
    same = {
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": options.get("index-url", ""),
        "UV_INDEX": " ".join(options.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(options.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(options.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": options.get("timeout", ""),
        "SSL_CERT_FILE": options.get("cert", ""),
        "SSL_CLIENT_CERT": options.get("client-cert", ""),
        "ALL_PROXY": options.get("proxy", ""),
    }
    own = {name: shell[name] for name in UV_CONNECTION if shell.get(name)}
    if own.keys() & {"UV_INDEX_URL", "UV_DEFAULT_INDEX"}:
        del same["UV_DEFAULT_INDEX"]
    return {name: value for name, value in same.items() if value} | own


def is_on(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "yes", "on")


def _url(index: str | None) -> str:
    """The URL of an index, which uv allows to be named: `mirror=https://…`."""
    before, equals, after = (index or "").partition("=")
    return after if equals and "/" not in before else index or ""


def _is_unrelated(name: str) -> bool:
    """Whether it is a variable of Python, or one of pip that does not affect the connection."""
    if name.startswith("PYTHON"):
        return True
    option = name.removeprefix("PIP_").lower().replace("_", "-")
    known = (*CONNECTION, "config-file", "default-timeout")
    return name.startswith("PIP_") and option not in known


def _cache(variables: Mapping[str, str]) -> Path:
    if folder := variables.get("UV_CACHE_DIR"):
        return Path(folder)
    home = Path(variables.get("HOME") or os.path.expanduser("~"))
    return Path(variables.get("XDG_CACHE_HOME") or home / ".cache") / "uv"


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
