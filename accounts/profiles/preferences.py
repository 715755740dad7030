"""How somebody wants the site to be: read by whoever acts for them, changed under /settings/."""

import re
import unicodedata
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.mail import weekly_schedule
from accounts.profiles.models import Preferences, Profile
from accounts.profiles.switches import DIGEST, all_switches
from aptmagic.aws.dynamodb import ConditionFailed, Work, exists, transaction
from aptmagic.errors import Busy
from aptmagic.web import appearance

TRIES = 5
TAGS_TYPED = 10_000  # characters


def load(user_id: str) -> Preferences:
    """What they chose; the defaults for what they never did."""
    return Preferences.find(*Preferences.key(user_id)) or Preferences(*Preferences.key(user_id))


def set_appearance_cookies(response: HttpResponse, user_id: str) -> None:
    """Give the browser that somebody has just signed in with the colours and language they chose.

    Where they have no wish, it keeps its own; and what is written to them follows it.
    """
    chosen = load(user_id)
    here = get_language() or settings.LANGUAGE_CODE
    if here != (chosen.speaks or settings.LANGUAGE_CODE):
        update(user_id, speaks=here)
    appearance.set_cookies(
        response, theme=chosen.theme, language=chosen.language, clear_unset=False
    )


def language_of(user_id: str) -> str:
    """What to write to somebody in who is not here."""
    chosen = load(user_id)
    return str(chosen.language or chosen.speaks or settings.LANGUAGE_CODE)


def adopt_browser_choices(request: HttpRequest, user_id: str) -> None:
    """Keep what a visitor chose who has just become one of us: their letters speak it too."""
    theme, language = appearance.theme(request), appearance.language(request)
    if language or theme != appearance.AUTO:
        update(user_id, theme=theme, language=language)


def update(user_id: str, **choices: Any) -> None:
    """Write only what is named, so that two pages open at once do not undo each other."""
    item = Preferences(*Preferences.key(user_id))
    actions = [_written(name, value) for name, value in choices.items()]
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
            continue  # the handle was changed this moment
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


def set_switches(user_id: str, switches: dict[str, bool]) -> None:
    """Turn each of these on or off, and leave all others as they are."""
    item = Preferences(*Preferences.key(user_id))
    declared = all_switches()
    odd = {name for name, wanted in switches.items() if declared[name].default != wanted}
    # DynamoDB takes one action on an attribute at a time.
    if odd:
        item.update([Preferences.switched.add(odd)])
    if usual := switches.keys() - odd:
        item.update([Preferences.switched.delete(usual)])
    if (wanted := switches.get(DIGEST)) is not None:
        (weekly_schedule.subscribe if wanted else weekly_schedule.unsubscribe)(user_id)


def parse_tags(typed: str) -> set[str]:
    """Tags as people type them: apart by spaces, commas or #, in one spelling."""
    short = len(typed) <= TAGS_TYPED  # more than that are too many in any spelling
    plain = unicodedata.normalize("NFKC", typed).lower() if short else typed
    return {tag for tag in re.split(r"[\s,#]+", plain) if tag}


def _written(name: str, value: Any) -> Any:
    attribute = getattr(Preferences, name)
    return attribute.remove() if value == set() else attribute.set(value)


def _list_in_completion(work: Work, user_id: str, discoverable: bool) -> None:
    """Handles of people who want to be found are offered while one types them."""
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
