"""How somebody wants the site to be: read by whoever acts for them, changed under /settings/."""

from typing import Any

from accounts.models import Preferences


def of(user_id: str) -> Preferences:
    """What they chose; the defaults for what they never did."""
    return Preferences.find(*Preferences.key(user_id)) or Preferences(*Preferences.key(user_id))


def change(user_id: str, **choices: Any) -> Preferences:
    """Write only what is named, so that two pages open at once do not undo each other."""
    item = Preferences(*Preferences.key(user_id))
    item.update([getattr(Preferences, name).set(value) for name, value in choices.items()])
    return item
