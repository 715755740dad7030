"""A user's preferences: privacy, filters, notifications, theme and language."""

import re
import unicodedata
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.profiles.models import Preferences, Profile
from accounts.profiles.switches import all_switches
from aptmagic.aws.dynamodb import ConditionFailed, Work, exists, transaction
from aptmagic.errors import Busy

TRIES = 5
TAGS_TYPED = 10_000  # characters


def load(user_id: str) -> Preferences:
    """The user's choices, with defaults for the rest."""
    return Preferences.find(*Preferences.key(user_id)) or Preferences(*Preferences.key(user_id))


def follow_browser_language(user_id: str, language: str) -> Preferences:
    """The user's choices, after storing the language of the browser they use now.

    E-mails are written in it unless the user has chosen a language.
    """
    chosen = load(user_id)
    if language != (chosen.speaks or settings.LANGUAGE_CODE):
        update(user_id, speaks=language)
    return chosen


def language_of(user_id: str) -> str:
    """The language of e-mails and exports for this user."""
    chosen = load(user_id)
    return str(chosen.language or chosen.speaks or settings.LANGUAGE_CODE)


def update(user_id: str, **choices: Any) -> None:
    """Change only what is named, so that two open pages do not undo each other's changes.

    Raises Busy if the handle keeps changing meanwhile.
    """
    item = Preferences(*Preferences.key(user_id))
    actions = [_action(name, value) for name, value in choices.items()]
    if "discoverable" not in choices:
        item.update(actions)
        return
    for _attempt in range(TRIES):
        try:
            with transaction() as work:
                work.update("choices", item, actions=actions)
                _list_in_completion(work, user_id, choices["discoverable"])
            return
        except ConditionFailed:
            continue  # the handle has just changed
    raise Busy(
        _("Your profile is being changed elsewhere. Nothing was changed here. Please try again.")
    )


def is_enabled(user_id: str, switch: str) -> bool:
    """Whether a switch is on for a user: `is_enabled(user_id, "mail:digest")`."""
    return is_on(load(user_id), switch)


def is_on(chosen: Preferences, switch: str) -> bool:
    """A name that no app declares is on: it can't be turned off."""
    declared = all_switches().get(switch)
    default = declared.default if declared else True
    return default != (switch in (chosen.switched or ()))


def switch(user_id: str, switches: dict[str, bool]) -> None:
    """Turn these switches on or off; others stay. `mail.subscriptions` also schedules e-mails."""
    item = Preferences(*Preferences.key(user_id))
    declared = all_switches()
    changed = {name for name, wanted in switches.items() if declared[name].default != wanted}
    # DynamoDB accepts one action per attribute in an update.
    if changed:
        item.update([Preferences.switched.add(changed)])
    if defaults := switches.keys() - changed:
        item.update([Preferences.switched.delete(defaults)])


def parse_tags(typed: str) -> set[str]:
    """Tags separated by spaces, commas or #, normalised."""
    short = len(typed) <= TAGS_TYPED  # anything longer is refused anyway
    plain = unicodedata.normalize("NFKC", typed).lower() if short else typed
    return {tag for tag in re.split(r"[\s,#]+", plain) if tag}


def _action(name: str, value: Any) -> Any:
    attribute = getattr(Preferences, name)
    return attribute.remove() if value == set() else attribute.set(value)


def _list_in_completion(work: Work, user_id: str, discoverable: bool) -> None:
    """Add the handle to the index of @-completion, or remove it."""
    profile = Profile.find(*Profile.key(user_id), consistent=True)
    if profile is None:
        return
    prefix, listed = Profile.handle_prefix, discoverable and profile.deletes_at is None
    staying = Profile.deletes_at.does_not_exist()
    work.update(
        "profile",
        profile,
        actions=[prefix.set(profile.handle[:2]) if listed else prefix.remove()],
        condition=(Profile.handle == profile.handle) & (staying if listed else exists(profile)),
    )
