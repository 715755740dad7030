"""Run pip or uv so that it finds the registries where pip is told to on this machine.

`python requirements/registries.py uv pip install …`. Of pip's configuration (files and variables)
only what leads to a registry counts: mirrors, certificates, proxies, patience. What would change
what is installed, or where to, does not. uv, which reads none of pip's configuration, is told the
same. A cache goes into the checkout where the home folder cannot be written.
"""

import ast
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
REACH = (
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
ALSO_HERE = ("extra-index-url", "find-links", "no-index")
# What uv itself may be told by its own names.
UV_REACH = (
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
    reach = pip_configuration(os.environ)
    if "compile" in command:  # a lock says nothing of this machine: no files or indexes beside
        reach = {name: said for name, said in reach.items() if name not in ALSO_HERE}
    if Path(command[0]).name == "uv" and is_on(reach.get("no-index", "")):
        command.append("--no-index")
    os.execvpe(command[0], command, environment(os.environ, reach))  # noqa: S606


def pip_configuration(shell: Mapping[str, str]) -> dict[str, str]:
    """What pip's configuration says of the way to the registries, by the names of its options."""
    listed = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "config", "list"],
        env={name: value for name, value in shell.items() if not _is_pips_other(name)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if listed.returncode:
        print(f"pip's configuration is not used: {listed.stderr.strip()}", file=sys.stderr)
    return parsed(listed.stdout)


def parsed(listed: str) -> dict[str, str]:
    """What `pip config list` said: `[install]` goes before `[global]`, variables before both."""
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        name = {"default-timeout": "timeout"}.get(name, name)
        if section in found and name in REACH:
            found[section][name] = ast.literal_eval(value)
    return found["global"] | found["install"] | found[":env:"]


def environment(shell: Mapping[str, str], reach: Mapping[str, str]) -> dict[str, str]:
    """The variables for pip and uv."""
    others = {
        name: value
        for name, value in shell.items()
        if not name.startswith(("PIP_", "UV_", "PYTHON"))
    }
    found = others | for_pip(shell, reach) | for_uv(shell, reach)
    if not _can_write(_cache(found)):
        cache = PROJECT / ".venv" / "cache"
        found |= {"UV_CACHE_DIR": str(cache / "uv"), "PIP_CACHE_DIR": str(cache / "pip")}
    return found


def for_pip(shell: Mapping[str, str], reach: Mapping[str, str]) -> dict[str, str]:
    index = reach.get("index-url") or _url(
        shell.get("UV_DEFAULT_INDEX") or shell.get("UV_INDEX_URL")
    )
    said = {**reach, **({"index-url": index} if index else {})}
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PYTHONUTF8": "1",
        **{f"PIP_{name.replace('-', '_').upper()}": value for name, value in said.items()},
    }


def for_uv(shell: Mapping[str, str], reach: Mapping[str, str]) -> dict[str, str]:
    """pip takes the best of all indexes; hashes say that it is the right file."""
    same = {
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": reach.get("index-url", ""),
        "UV_INDEX": " ".join(reach.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(reach.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(reach.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": reach.get("timeout", ""),
        "SSL_CERT_FILE": reach.get("cert", ""),
        "SSL_CLIENT_CERT": reach.get("client-cert", ""),
        "ALL_PROXY": reach.get("proxy", ""),
    }
    own = {name: shell[name] for name in UV_REACH if shell.get(name)}
    if own.keys() & {"UV_INDEX_URL", "UV_DEFAULT_INDEX"}:
        del same["UV_DEFAULT_INDEX"]
    return {name: value for name, value in same.items() if value} | own


def is_on(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "yes", "on")


def _url(index: str | None) -> str:
    """uv lets an index have a name: `mirror=https://…`."""
    before, equals, after = (index or "").partition("=")
    return after if equals and "/" not in before else index or ""


def _is_pips_other(name: str) -> bool:
    """A variable of pip that has nothing to do with how to reach a registry, or of Python."""
    if name.startswith("PYTHON"):
        return True
    option = name.removeprefix("PIP_").lower().replace("_", "-")
    reach = (*REACH, "config-file", "default-timeout")
    return name.startswith("PIP_") and option not in reach


def _cache(variables: Mapping[str, str]) -> Path:
    if said := variables.get("UV_CACHE_DIR"):
        return Path(said)
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
