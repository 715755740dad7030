"""Zappa's command line reports mistakes in one sentence, before it calls AWS."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aptmagic.deploy import source_files, zappa_stages

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "secret"}


def zappa(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", **environment}
    return subprocess.run(
        [sys.executable, "-P", "aptmagic/deploy/zappa_cli.py", *arguments],
        cwd=source_files.PROJECT,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (("deploy", "moon"), CREDENTIALS, "Please define stage 'moon' in your Zappa settings."),
        (
            ("status", "dev"),
            {"AWS_PROFILE": "nobody"},
            "Could not authenticate with AWS: The config profile (nobody) could not be found",
        ),
        (
            ("update", "production"),
            {**CREDENTIALS, "AWS_REGION": "mars"},
            "AWS_REGION is 'mars', which is not an AWS region.",
        ),
    ],
)
def test_a_mistake_is_reported_in_one_sentence(
    arguments: tuple[str, ...], environment: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    result = zappa(*arguments, **environment, HOME=str(tmp_path))
    assert (result.returncode, result.stderr) == (1, f"Error: {sentence}\n")


def test_zappas_own_script_runs_the_same_commands(tmp_path: Path) -> None:
    """Until make replaces it by ours."""
    script = "import sys, zappa.cli; sys.argv[0] = 'zappa'; sys.exit(zappa.cli.handle())"
    result = subprocess.run(
        [sys.executable, "-P", "-c", script, "schedule", "dev"],
        cwd=source_files.PROJECT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            **CREDENTIALS,
            "AWS_REGION": "mars",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr.endswith("Error: AWS_REGION is 'mars', which is not an AWS region.\n")


@pytest.mark.parametrize("stamp", [".venv/.deploy", ".venv/.dev"])
def test_make_installs_our_script_over_zappas(stamp: str) -> None:
    line = ["make", "--dry-run", "--no-print-directory", "-W", "requirements/zappa", stamp]
    result = subprocess.run(
        line, cwd=source_files.PROJECT, capture_output=True, text=True, check=True
    ).stdout
    assert "install -m 755 requirements/zappa .venv/bin/zappa" in result


def test_each_function_has_settings_of_its_own() -> None:
    assert {"web", "worker"} <= {*zappa_stages.functions()}
    web, worker = (zappa_stages.settings("staging", name) for name in ("web", "worker"))
    assert web["memory_size"] != worker["memory_size"]
    for said, name in ((web, "web"), (worker, "worker")):
        assert said["aws_environment_variables"]["FUNCTION"] == name
        assert said["aws_environment_variables"]["LOG_FORMAT"] == "json"
        assert "aptmagic/local" in said["exclude_glob"]
    assert "requests" in web["exclude_glob"] and "requests" not in worker["exclude_glob"]
