"""Our packages, measured against those of `zappa package` in the same run."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from aptmagic.deploy import libraries, packages, source_files, toolchain, zappa_stages

ROUNDS = 7
# A start up to the first feed page, with a stubbed answer from DynamoDB.
COLD = """
import json, sys, time
sys.path.insert(0, {root!r})
{start}
import botocore.endpoint
def no_items(self, operation, request):
    class Raw: status_code = 200
    return Raw(), {{"Items": [], "Count": 0, "ScannedCount": 0, "ResponseMetadata": {{}}}}
botocore.endpoint.Endpoint.make_request = no_items
http = {{"method": "GET", "path": "/", "sourceIp": "203.0.113.9", "protocol": "HTTP/1.1"}}
event = {{"version": "2.0", "rawPath": "/", "rawQueryString": "", "isBase64Encoded": False,
         "headers": {{"host": "aptmagic.example", "x-forwarded-proto": "https"}},
         "requestContext": {{"http": http}}}}
answer = handler(event, None)
assert answer["statusCode"] == 200 and "</html>" in answer["body"], answer
"""
# Lambda freezes the process: the shutdown of Python is not part of a start.
EXIT = "import os\nos._exit(0)\n"
OURS = "from aptmagic.lambda_handler import handler"
STOCK = "from handler import lambda_handler as handler"
OVERHEAD = """
import statistics
from apig_wsgi import get_environ_v2
from aptmagic.wsgi import application
event["rawPath"] = "/robots.txt"
def plain():
    environ = get_environ_v2(event, None)
    start = time.perf_counter()
    b"".join(application(environ, lambda *_: None))
    return time.perf_counter() - start
def ours():
    start = time.perf_counter()
    handler(event, None)
    return time.perf_counter() - start
for _ in range(50): plain(), ours()
pairs = [(plain(), ours()) for _ in range(600)]
print(statistics.median(p for p, o in pairs), statistics.median(o for p, o in pairs))
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        folder = Path(made)
        packages.DIST = folder / "dist"
        ours = _unpack(packages.build("dev", "web", toolchain.THIS_MACHINE), folder / "ours")
        stock = _unpack(_stock(folder), folder / "stock")
        _print_sizes(packages.DIST / "dev-web.zip", ours, folder / "stock.zip", stock)
        _print_cold_starts(ours, stock)
        _print_overhead(ours)


def _stock(folder: Path) -> Path:
    """Zappa's package of the same code and locks, without our settings."""
    project = source_files.copy(folder / "project", folder / "dist" / "static" / "staticfiles.json")
    site_packages = libraries.site_packages(folder / "environment")
    site_packages.mkdir(parents=True)
    wanted = source_files.PROJECT / "requirements"
    command = [sys.executable, str(wanted / "registries.py"), toolchain.uv(), "pip", "install"]
    command += ["--quiet", "--target", str(site_packages)]
    command += ["--python", sys.executable, "--compile-bytecode", "--require-hashes"]
    subprocess.run([*command, "--requirements", str(wanted / "deploy.txt")], check=True)
    zappa = zappa_stages.load("dev", "web", credentials=False)
    zappa.django_settings = "aptmagic.settings"
    zappa.app_function = "aptmagic.wsgi.application"
    zappa.override_stage_config_setting("exclude", [])
    zappa.override_stage_config_setting("exclude_glob", [])
    path = folder / "stock.zip"
    zappa.zappa.get_current_venv = lambda: folder / "environment"
    here = Path.cwd()
    os.chdir(project)
    try:
        with zappa_stages.silence_zappa():
            zappa.create_package(output=str(path))
    finally:
        os.chdir(here)
    return path


def _unpack(package: Path, folder: Path) -> Path:
    """As Lambda does: with the dates in the zip, which Python compares with compiled modules."""
    with zipfile.ZipFile(package) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            modified = time.mktime((*entry.date_time, 0, 0, 0))
            os.utime(path, (modified, modified))
    return folder


def _print_sizes(zipped: Path, ours: Path, stock_zip: Path, stock: Path) -> None:
    def unzipped(folder: Path) -> float:
        return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6

    for name, mine, theirs in (
        ("web package, zipped", zipped.stat().st_size / 1e6, stock_zip.stat().st_size / 1e6),
        ("web package, unzipped", unzipped(ours), unzipped(stock)),
    ):
        print(f"{name:58} {mine:7.1f}MB {theirs:7.1f}MB {theirs / mine:6.1f}x")


def _print_cold_starts(ours: Path, stock: Path) -> None:
    mine, theirs = [], []
    for _ in range(ROUNDS):
        mine.append(_seconds(ours, OURS))
        theirs.append(_seconds(stock, STOCK))
    ratio = statistics.median(t / m for m, t in zip(mine, theirs, strict=True))
    a, b = statistics.median(mine) * 1e3, statistics.median(theirs) * 1e3
    print(f"{'process start to first feed page':58} {a:7.0f}ms {b:7.0f}ms {ratio:6.1f}x")


def _seconds(root: Path, start: str) -> float:
    """The duration of a start. -B: Lambda's disk is read-only, so nothing compiled is kept."""
    code = COLD.format(root=str(root), start=start) + EXIT
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-S", "-I", "-B", "-c", code],
        env=_environment(root),
        cwd=root,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def _environment(root: Path) -> dict[str, str]:
    from tests.packages import ENVIRONMENT

    return {
        **ENVIRONMENT,
        "ALLOWED_HOSTS": "aptmagic.example",
        "DJANGO_SETTINGS_MODULE": "aptmagic.settings",
    }


def _print_overhead(ours: Path) -> None:
    code = COLD.format(root=str(ours), start=OURS) + OVERHEAD
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", code],
        env=_environment(ours),
        check=True,
        capture_output=True,
        text=True,
    )
    plain, whole = map(float, done.stdout.split()[-2:])
    name = "a request through the handler, against plain WSGI"
    print(f"{name:58} {whole * 1e3:7.2f}ms {plain * 1e3:7.2f}ms {(whole - plain) * 1e3:+.2f}ms")
