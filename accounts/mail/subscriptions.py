"""Which e-mails and notifications a user gets."""

from accounts.mail import weekly_schedule
from accounts.profiles import preferences
from accounts.profiles.switches import DIGEST


def set_switches(user_id: str, switches: dict[str, bool]) -> None:
    """Turn declared switches on or off; the digest is scheduled with its own.

    Idempotent: repeating the call completes what a crash interrupted.
    """
    preferences.switch(user_id, switches)
    if (wanted := switches.get(DIGEST)) is not None:
        (weekly_schedule.subscribe if wanted else weekly_schedule.unsubscribe)(user_id)
