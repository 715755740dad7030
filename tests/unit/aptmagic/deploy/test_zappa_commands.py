"""Zappa's command line says in a sentence what is missing, before it asks AWS for anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aptmagic.deploy import packages, zappa_stages

SOMEBODY = {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "secret"}


def zappa(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", **environment}
    return subprocess.run(
        [sys.executable, "-P", "aptmagic/deploy/zappa_cli.py", *arguments],
        cwd=packages.PROJECT,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (("deploy", "moon"), SOMEBODY, "Please define stage 'moon' in your Zappa settings."),
        (
            ("status", "dev"),
            {"AWS_PROFILE": "nobody"},
            "AWS does not let us in: The config profile (nobody) could not be found",
        ),
        (
            ("update", "production"),
            {**SOMEBODY, "AWS_REGION": "mars"},
            "AWS_REGION is 'mars', which is no region of AWS.",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    arguments: tuple[str, ...], environment: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    told = zappa(*arguments, **environment, HOME=str(tmp_path))
    assert (told.returncode, told.stderr) == (1, f"Error: {sentence}\n")


def test_zappas_own_script_runs_the_same_commands(tmp_path: Path) -> None:
    """As long as make has not put ours in its place."""
    script = "import sys, zappa.cli; sys.argv[0] = 'zappa'; sys.exit(zappa.cli.handle())"
    told = subprocess.run(
        [sys.executable, "-P", "-c", script, "schedule", "dev"],
        cwd=packages.PROJECT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **SOMEBODY, "AWS_REGION": "mars"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stderr.endswith("Error: AWS_REGION is 'mars', which is no region of AWS.\n")


@pytest.mark.parametrize("stamp", [".venv/.deploy", ".venv/.dev"])
def test_make_puts_our_script_where_zappas_was(stamp: str) -> None:
    line = ["make", "--dry-run", "--no-print-directory", "-W", "requirements/zappa", stamp]
    told = subprocess.run(
        line, cwd=packages.PROJECT, capture_output=True, text=True, check=True
    ).stdout
    assert "install -m 755 requirements/zappa .venv/bin/zappa" in told


def test_every_stage_has_the_same_functions_with_settings_of_their_own() -> None:
    assert {"web", "worker"} <= {*zappa_stages.functions()}
    web, worker = (zappa_stages.settings("staging", name) for name in ("web", "worker"))
    assert web["memory_size"] != worker["memory_size"]
    for said, name in ((web, "web"), (worker, "worker")):
        assert said["aws_environment_variables"]["FUNCTION"] == name
        assert said["aws_environment_variables"]["LOG_FORMAT"] == "json"
        assert "aptmagic/local" in said["exclude_glob"]  # what all functions are without
    assert "requests" in web["exclude_glob"] and "requests" not in worker["exclude_glob"]
