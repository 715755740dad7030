"""The switches by which people turn notifications and e-mails on and off.

Each app declares its own in `settings.NOTIFICATION_SWITCHES`. What has no switch is always sent:
e-mails about an account's security, and that something a person asked for is ready.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

IN_APP, BY_EMAIL = "bell", "mail"
DIGEST = "mail:digest"


@dataclass(frozen=True)
class Switch:
    """`name` is "<channel>:<kind>" and is stored; `default` is for those who never chose."""

    name: str
    label: Any
    help_text: Any
    default: bool = True

    @property
    def channel(self) -> str:
        return self.name.partition(":")[0]

    @property
    def field_name(self) -> str:
        return self.name.replace(":", "_").replace("-", "_")


EMAIL_SWITCHES = (
    Switch("mail:new-sign-in", _("New sign-ins"), _("When your account is used in a new browser")),
    Switch(DIGEST, _("Weekly summary"), _("Likes and new pictures, once a week"), default=False),
)


@cache
def all_switches() -> Mapping[str, Switch]:
    """Every declared switch by its name, in the order in which the settings page shows them."""
    declared = (each for path in settings.NOTIFICATION_SWITCHES for each in import_string(path))
    return {switch.name: switch for switch in declared}
