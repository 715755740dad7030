"""The package that is deployed is complete, small, and runs as it is."""

import json
import re
import ssl
import zipfile
from pathlib import Path

import pytest

from aptmagic.deploy import errors, libraries, packages, source_files, toolchain
from tests.packages import STAGE, run_alone

ASK = """
from aptmagic.lambda_handler import handler
import json
def ask(path):
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.9"}
    return handler({"version": "2.0", "rawPath": path, "rawQueryString": "", "headers": {},
                    "requestContext": {"http": http}})
"""


def test_it_is_small(zips: dict[str, Path]) -> None:
    assert zips["web"].stat().st_size <= 13e6
    with zipfile.ZipFile(zips["web"]) as archive:
        assert sum(entry.file_size for entry in archive.infolist()) <= 40e6
    with zipfile.ZipFile(zips["worker"]) as archive:
        assert sum(entry.file_size for entry in archive.infolist()) <= 250e6  # Lambda's limit


def test_the_same_commit_is_the_same_package(zips: dict[str, Path]) -> None:
    before = packages.digest(zips["web"])
    assert packages.digest(packages.build(STAGE, "web", toolchain.THIS_MACHINE)) == before


def test_it_answers_without_other_libraries(unpacked: Path) -> None:
    code = "print(json.dumps({path: ask(path)['statusCode'] for path in %r}))"
    paths = ["/sign-in/", "/costs/", "/api/docs/", "/api/schema/", "/api/v1/models/", "/nowhere"]
    answers = json.loads(run_alone(unpacked, ASK + code % paths).stdout.splitlines()[-1])
    assert answers == {path: 404 if path == "/nowhere" else 200 for path in paths}


def test_it_contains_the_vietnamese_translation(unpacked: Path) -> None:
    code = """
from django.conf import settings
from django.test import Client
asks = {"accept-language": "vi", "host": settings.ALLOWED_HOSTS[0], "x-forwarded-proto": "https"}
page = Client(headers=asks).get("/sign-in/").content.decode()
print('<html lang="vi"' in page, "Đăng nhập".encode() in page.encode())
"""
    assert run_alone(unpacked, ASK + code).stdout.splitlines()[-1] == "True True"


def test_it_can_verify_cognitos_signatures(unpacked: Path) -> None:
    code = """
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(65537, 2048)
print(jwt.decode(jwt.encode({"sub": "ada"}, key, "RS256"), key.public_key(), ["RS256"]))
"""
    assert run_alone(unpacked, code).stdout == "{'sub': 'ada'}\n"


def test_the_worker_can_import_all_its_commands(zips: dict[str, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(zips["worker"]) as archive:
        archive.extractall(tmp_path)
    code = """
import os; os.environ["FUNCTION"] = "worker"
from aptmagic.lambda_handler import _imported
from django.conf import settings
from generation.library import derivatives
from django.core.mail import get_connection
get_connection().open()  # e-mail needs a library that the web function lacks
print(len([_imported(path) for path in settings.WORKER_COMMANDS.values()]))
"""
    assert int(run_alone(tmp_path, code).stdout) >= 9


def test_no_module_is_compiled_at_start(unpacked: Path) -> None:
    """python -v lists each module that it loads."""
    told = run_alone(unpacked, ASK + "ask('/sign-in/')", "-v").stderr.splitlines()
    ours = [line for line in told if str(unpacked) in line]
    ready = [line for line in ours if line.startswith("# code object from") and ".pyc" in line]
    compiled = [
        line for line in ours if line.startswith("# code object from") and line not in ready
    ]
    stale = [line for line in ours if "stale" in line or "wrote" in line]
    assert len(ready) > 300
    assert (compiled, stale) == ([], [])


def test_compiled_modules_are_never_checked_against_their_source(zips: dict[str, Path]) -> None:
    for package in zips.values():
        with zipfile.ZipFile(package) as archive:
            flags = {archive.read(n)[4:8] for n in archive.namelist() if n.endswith(".pyc")}
            assert flags == {b"\x01\0\0\0"}  # unchecked hash
            sources = {name for name in archive.namelist() if name.endswith(".py")}
            assert {name.partition("/")[0] for name in sources} <= {*source_files.FOLDERS}


def test_a_package_contains_only_what_its_function_needs(zips: dict[str, Path]) -> None:
    names = {}
    for function, package in zips.items():
        with zipfile.ZipFile(package) as archive:
            names[function] = archive.namelist()
    parts = {
        function: {name.partition("/")[0] for name in found} for function, found in names.items()
    }
    assert "PIL" in parts["worker"] and "PIL" not in parts["web"]
    assert "apig_wsgi" in parts["web"] and "apig_wsgi" not in parts["worker"]
    assert not {"tests", "static", "infra", "pip", "werkzeug", "zappa", "ministack", "numpy"} & (
        parts["web"] | parts["worker"]
    )
    for function, found in names.items():
        assert "collected/staticfiles.json" in found
        assert not [name for name in found if name.startswith("aptmagic/local/")]
        described = {name.split("/")[2] for name in found if name.startswith("botocore/data/")}
        assert {part for part in described if "." not in part} == libraries.aws_services_in_use(
            STAGE, function
        )


def test_only_services_in_use_keep_their_models() -> None:
    services = libraries.aws_services_in_use(STAGE, "web")
    assert {"dynamodb", "s3", "bedrock-runtime", "cognito-idp"} <= services
    assert not {"lambda", "cloudformation", "ssm", "iam"} & services


def test_it_trusts_amazons_certificate_authorities_only(unpacked: Path) -> None:
    context = ssl.create_default_context(cafile=str(unpacked / libraries.CA_BUNDLE))
    found = context.get_ca_certs()
    assert {dict(part[0] for part in each["subject"])["commonName"] for each in found} == {
        *libraries.CA_LABELS
    }
    code = "import aptmagic.lambda_handler, os; print(os.environ['AWS_CA_BUNDLE'])"
    assert run_alone(unpacked, code).stdout.strip() == str(unpacked / libraries.CA_BUNDLE)


def test_static_files_have_hashed_names(dist: Path, zips: object) -> None:
    manifest = json.loads((dist / "static" / "staticfiles.json").read_text())["paths"]
    assert manifest["css/base.css"] != "css/base.css"
    for name in ("css/base.css", "icons.svg", "vendor/htmx/htmx-4.0.1.min.js"):
        assert (dist / "static" / manifest[name]).exists()


def test_every_static_file_of_a_template_is_collected(dist: Path, zips: object) -> None:
    manifest = json.loads((dist / "static" / "staticfiles.json").read_text())["paths"]
    for template in (source_files.PROJECT / "templates").rglob("*.html"):
        named = re.findall(r"""{% static ["']([^"']+)["'] %}""", template.read_text())
        assert not {*named} - manifest.keys(), template


def test_lambdas_python_has_to_be_installed() -> None:
    with pytest.raises(
        errors.PackagingError, match=r"compiled by the same version\. Install it first"
    ):
        toolchain.python(toolchain.Target("3.99"))


def test_a_package_is_built_for_lambdas_processor() -> None:
    assert toolchain.lambda_target("python3.13", "arm64") == toolchain.Target(
        "3.13", "aarch64-manylinux_2_28"
    )
    with pytest.raises(KeyError):
        toolchain.lambda_target("python3.13", "riscv")


def test_the_settings_override_zappas_unsafe_defaults() -> None:
    from aptmagic.deploy import zappa_stages

    assert zappa_stages.stages() == ["dev", "staging", "production"]
    for stage in zappa_stages.stages():
        for function in packages.FUNCTIONS:
            said = zappa_stages.settings(stage, function)
            assert (said["debug"], said["keep_warm"], said["manage_roles"]) == (False,) * 3
            assert (said["log_level"], said["xray_tracing"]) == ("INFO", True)
            assert said["aws_environment_variables"]["FUNCTION"] == function
