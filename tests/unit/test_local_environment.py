"""What a newcomer's machine and shell may change in `make run` and `make test`: nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

from aptmagic.local import address, attach

COOKIES = """
import json
from django.conf import settings
from accounts import awaiting, familiar, steps
from aptmagic.notices import Notices
print(json.dumps([
    settings.SESSION_COOKIE, settings.CSRF_COOKIE_NAME, settings.THEME_COOKIE_NAME,
    settings.LANGUAGE_COOKIE_NAME, awaiting.COOKIE, familiar.COOKIE, steps.COOKIE,
    Notices.cookie_name]))
"""


def cookies_of(folder: Path) -> list[str]:
    folder.mkdir()
    names = subprocess.run(
        [sys.executable, "-c", COOKIES],
        cwd=address.PROJECT,
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
