"""A release that cannot be made says so at once, and in a sentence."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from aptmagic import packing, releases
from aptmagic.local import attach


@pytest.fixture
def without_other_pythons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if packing.HERE.python == "3.13":
        pytest.skip("Lambda's Python is the one that runs this")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))


@pytest.mark.usefixtures("without_other_pythons")
def test_lambdas_python_is_asked_for_before_anything_is_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "DIST", tmp_path)
    with pytest.raises(
        CommandError, match=r"install it first \(\.venv/bin/uv python install 3\.13"
    ):
        call_command("release", "package", "--stage", "dev")
    assert not [*tmp_path.iterdir()]


@override_settings(AWS_ENDPOINT_URL="http://127.0.0.1:4566")
def test_a_package_is_for_lambda_though_an_embedded_cloud_runs_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert releases.target("dev", "web") == packing.HERE  # who asks for it by name means it
    monkeypatch.setenv(attach.ATTACHED, "http://127.0.0.1:4566")
    assert releases.target("dev", "web") == packing.on_aws("python3.13", "arm64")
