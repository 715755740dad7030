"""What somebody chooses under /settings/ is kept, and shown again; nobody else's is touched."""

from typing import Any

import pytest
from django.test import Client

from accounts.mail import subscriptions
from accounts.profiles import preferences, profiles
from accounts.profiles.models import Preferences, Profile
from accounts.profiles.switches import all_switches
from aptmagic.aws.dynamodb import now
from tests.unit.conftest import Visitor

PAGES = ("privacy", "filters", "notifications")
PRIVACY = {"visibility": "private", "prompt_visibility": "me"}


def save(somebody: Visitor, page: str, **said: Any) -> Any:
    return somebody.client.post(f"/settings/{page}/", said, follow=True)


@pytest.mark.parametrize("page", PAGES)
def test_settings_are_for_people_who_are_signed_in(aws: Any, page: str) -> None:
    for answer in (Client().get(f"/settings/{page}/"), Client().post(f"/settings/{page}/")):
        assert answer.status_code == 303 and answer["Location"].startswith("/sign-in/?next=")


def test_who_never_chose_has_the_defaults(ada: Visitor) -> None:
    form = ada.client.get("/settings/privacy/").context["form"]
    assert form.initial == {
        "visibility": "public",
        "prompt_visibility": "public",
        "discoverable": True,
        "recipe_in_downloads": True,
        "training": False,
    }
    assert Preferences.find(*Preferences.key(ada.user_id)) is None


def test_privacy_is_kept_and_is_nobody_elses(ada: Visitor, bob: Visitor) -> None:
    page = save(ada, "privacy", **PRIVACY, training="on")
    assert page.redirect_chain == [("/settings/privacy/", 303)] and b"Saved." in page.content
    assert page.context["form"].initial == {
        **PRIVACY,
        "discoverable": False,
        "recipe_in_downloads": False,
        "training": True,
    }
    assert Preferences.find(*Preferences.key(bob.user_id)) is None


@pytest.mark.parametrize(
    ("page", "said", "sentence"),
    [
        ("privacy", {**PRIVACY, "visibility": "friends"}, "friends is not one of the available"),
        ("privacy", {"prompt_visibility": "me"}, "This field is required"),
        ("filters", {"sensitive": "burn"}, "burn is not one of the available"),
        ("filters", {"sensitive": "hide", "hidden_tags": "x" * 41}, "up to 40 characters"),
        (
            "filters",
            {"sensitive": "hide", "hidden_tags": " ".join(f"t{n}" for n in range(101))},
            "up to 100 tags",
        ),
        ("filters", {"sensitive": "hide", "hidden_tags": "x " * 3000}, "up to 100 tags"),
    ],
)
def test_what_is_not_offered_is_not_taken(
    ada: Visitor, page: str, said: dict[str, str], sentence: str
) -> None:
    answer = save(ada, page, **said)
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert Preferences.find(*Preferences.key(ada.user_id)) is None


def test_hidden_tags_are_kept_in_one_spelling_and_all_can_go(ada: Visitor) -> None:
    page = save(ada, "filters", sensitive="hide", hidden_tags="#Spider, snake  SPIDER\n蛇")
    assert page.context["form"].initial == {"sensitive": "hide", "hidden_tags": "snake spider 蛇"}
    page = save(ada, "filters", sensitive="show", hidden_tags="")
    assert page.context["form"].initial == {"sensitive": "show", "hidden_tags": ""}


def test_a_switch_is_turned_and_the_others_stay(ada: Visitor) -> None:
    def wanted() -> set[str]:
        return {name for name in all_switches() if preferences.is_enabled(ada.user_id, name)}

    usual = {switch.name for switch in all_switches().values() if switch.default}
    assert wanted() == usual and "mail:digest" not in usual
    save(ada, "notifications", bell_job="on", mail_digest="on")
    assert wanted() == {"bell:job", "mail:digest"}
    subscriptions.set_switches(ada.user_id, {"mail:digest": False})
    assert wanted() == {"bell:job"}
    on = {switch.field_name: "on" for switch in all_switches().values() if switch.default}
    page = save(ada, "notifications", **on)
    assert wanted() == usual and not page.context["form"]["mail_digest"].value()
    assert preferences.is_enabled(ada.user_id, "mail:password-changed"), "security is always told"


def test_two_pages_open_at_once_do_not_undo_each_other(ada: Visitor) -> None:
    save(ada, "privacy", **PRIVACY)
    save(ada, "filters", sensitive="hide", hidden_tags="spider")
    save(ada, "notifications", mail_digest="on")
    chosen = preferences.load(ada.user_id)
    assert (chosen.visibility, chosen.sensitive) == ("private", "hide")
    assert preferences.is_on(chosen, "mail:digest")


def test_who_does_not_want_to_be_found_is_not_offered_while_one_types(ada: Visitor) -> None:
    def offered() -> str | None:
        found = profiles.get(ada.user_id)
        assert found
        return found.handle_prefix

    assert offered() == "ad"
    save(ada, "privacy", **PRIVACY)
    assert offered() is None
    save(ada, "privacy", **PRIVACY, discoverable="on")
    assert offered() == "ad"


def test_a_handle_that_changes_meanwhile_is_the_one_that_is_offered(ada: Visitor) -> None:
    renaming = [Profile(*Profile.key(ada.user_id))]

    def rename(**_: Any) -> None:
        if renaming:
            renaming.pop().update([Profile.handle.set("countess")])

    events = Profile._get_connection().connection.client.meta.events
    events.register("before-call.dynamodb.TransactWriteItems", rename)
    preferences.update(ada.user_id, discoverable=True)
    events.unregister("before-call.dynamodb.TransactWriteItems", rename)
    found = profiles.get(ada.user_id)
    assert found and (found.handle_prefix, renaming) == ("co", [])


def test_somebody_who_is_leaving_is_not_offered(ada: Visitor) -> None:
    Profile(*Profile.key(ada.user_id)).update(
        [Profile.deletes_at.set(now()), Profile.handle_prefix.remove()]
    )
    preferences.update(ada.user_id, discoverable=True)
    found = Profile.find(*Profile.key(ada.user_id))
    assert found and found.handle_prefix is None
