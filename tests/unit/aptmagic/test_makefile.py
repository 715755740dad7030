"""What `make` hands on to the commands it calls."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def test_the_stage_to_release_is_not_taken_for_our_own() -> None:
    said = subprocess.run(
        [
            "make",
            "--no-print-directory",
            '--eval=say: ; @echo "[$$STAGE]"',
            "say",
            "STAGE=production",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"
