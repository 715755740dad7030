"""Who has left is nowhere any more: every table, every bucket and the user pool are looked through.

Ada has used everything there is; whatever holds something of hers is found by her id, her handles,
her name, her address and her words. An app that begins to keep something else of people has to
erase it, or this fails.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client

from accounts.api_tokens import tokens
from accounts.current_user import CurrentUser
from accounts.identity import recovery_codes, sessions
from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.mail import weekly_schedule
from accounts.privacy import account_deletion, exports
from accounts.profiles import confirmation, preferences, profiles, renaming, unconfirmed
from accounts.profiles.models import Profile
from aptmagic.aws import clients, scheduled_tasks, uploads
from aptmagic.aws.dynamodb import new_id
from gallery.posts import posts
from gallery.social import likes
from generation.jobs import jobs, submission
from generation.jobs.models import Job, RunningJobs
from generation.library import pictures
from generation.operations.validation import validate
from tests.unit.conftest import Visitor, browser_of

HANDLE, FORMER, NAME = "ada_lovelace", "ada_byron", "Augusta Ada King"
EMAIL, WORDS = "countess@example.org", "an analytical engine weaving algebra"
BIO = "the enchantress of numbers"
# The books are kept: amounts under a number that nothing else knows.
BOOKS = "local-ledger"


@pytest.fixture
def pool(aws: Any, settings: Any) -> Any:
    cognito = aws("cognito-idp")
    made = cognito.create_user_pool(PoolName="people", UsernameAttributes=["email"])
    settings.COGNITO_POOL_ID = made["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=settings.COGNITO_POOL_ID, ClientName="site", GenerateSecret=True
    )["UserPoolClient"]
    settings.COGNITO_CLIENT_ID = client["ClientId"]
    settings.COGNITO_CLIENT_SECRET = client["ClientSecret"]
    return cognito


@pytest.fixture
def ada(pool: Any) -> Visitor:
    user_id = identity_provider().sign_up(EMAIL, "A fox, 7 owls: snow").user_id
    unconfirmed.claim(user_id, FORMER, EMAIL)
    confirmation.confirm(user_id, EMAIL)
    person = CurrentUser(user_id, HANDLE, NAME, (), new_id())
    return Visitor(user_id, browser_of(person), person)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    real = account_deletion.now

    def later(**much: float) -> None:
        for module in (account_deletion, scheduled_tasks):
            monkeypatch.setattr(module, "now", lambda: real() + timedelta(**much))

    return later


def a_life(ada: Visitor, bob: Visitor, draw: Any, aws: Any) -> list[str]:
    """Everything that can be done; the ids of her posts."""
    who_she_is(ada)
    mine = [
        posts.publish(ada.person, draw(ada, WORDS), caption=WORDS, visibility=visibility).id
        for visibility in ("public", "public", "unlisted", "private")
    ]
    posts.delete(ada.person, mine[0])
    his = posts.publish(bob.person, draw(bob), caption="Bob's fox").id
    likes.like(ada.user_id, his)
    likes.like(ada.user_id, mine[1])
    likes.like(bob.user_id, mine[1])
    submission.submit(ada.user_id, validate(model="fast", prompt=WORDS, seed=7), key="key")
    for job in jobs.recent(ada.user_id).items:
        job.update([Job.state.set("failed")])
    RunningJobs(*RunningJobs.key(ada.user_id)).save()
    exports.start(ada.user_id)
    sent = uploads.key(ada.user_id, uploads.PICTURE, new_id())
    aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=sent, Body=b"sent")
    for _twice in range(2):  # a version that the bucket keeps, and a mark that it was deleted
        aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=f"{sent}-2", Body=WORDS.encode())
    aws("s3").delete_object(Bucket=site.PRIVATE_BUCKET, Key=f"{sent}-2")
    return [*mine, his]


def who_she_is(ada: Visitor) -> None:
    renaming.rename(ada.user_id, HANDLE)
    profiles.update_text(ada.user_id, name=NAME, bio=BIO, links=["https://ada.example.org/"])
    avatar = new_id()
    Profile(*Profile.key(ada.user_id)).update([Profile.avatar.set(avatar)])
    for size in (96, 288):
        clients.client("s3").put_object(
            Bucket=site.PUBLIC_BUCKET, Key=f"a/{avatar}/{size}.webp", Body=b"face"
        )
    preferences.update(ada.user_id, theme="dark", hidden_tags={"spiders"})
    weekly_schedule.subscribe(ada.user_id)
    tokens.create(ada.user_id, HANDLE, ["read"], name="her engine", cap=5)
    recovery_codes.create(ada.user_id)
    sessions.start(
        SignedIn(ada.user_id, ada.user_id, EMAIL, (), "a refresh token", "an access token"),
        profiles.get_own(ada.user_id),
    )


def deliver_all(*mails: Any) -> None:
    while any(mail.messages for mail in mails):
        for mail in mails:
            mail.deliver()


def traces(aws: Any, *, of: tuple[str, ...], but: tuple[str, ...] = ()) -> Iterator[str]:
    """Wherever one of these words stands: in an item, a file's name, a file, a person's account."""
    for place, what in everything(aws):
        text = what.lower()
        yield from (f"{place}: {word}" for word in of if word.lower() in text and place not in but)


def everything(aws: Any) -> Iterator[tuple[str, str]]:
    for table in aws("dynamodb").list_tables()["TableNames"]:
        for page in aws("dynamodb").get_paginator("scan").paginate(TableName=table):
            yield from ((table, json.dumps(item, default=repr)) for item in page["Items"])
    for bucket in aws("s3").list_buckets()["Buckets"]:
        found = aws("s3").list_object_versions(Bucket=bucket["Name"])
        for each in (*found.get("Versions", ()), *found.get("DeleteMarkers", ())):
            yield bucket["Name"], each["Key"]
            if "Size" in each:
                body = aws("s3").get_object(
                    Bucket=bucket["Name"], Key=each["Key"], VersionId=each["VersionId"]
                )
                yield bucket["Name"], body["Body"].read().decode("utf-8", "replace")
    people = aws("cognito-idp").list_users(UserPoolId=site.COGNITO_POOL_ID)["Users"]
    yield from (("the user pool", json.dumps(person, default=repr)) for person in people)


@pytest.mark.usefixtures("fake_services")
def test_who_has_left_is_nowhere_any_more(
    ada: Visitor,
    bob: Any,
    draw: Any,
    task_queue: Any,
    events: Any,
    aws: Any,
    clock: Any,
    public_files: Any,
) -> None:
    *mine, his = a_life(ada, bob, draw, aws)
    deliver_all(task_queue, events)
    # The number of a post that others have seen stays, so that its address can say it is gone.
    numbers = [mine[-1], *(each.id for each in pictures.list_pictures(ada.user_id).items)]
    words = (ada.user_id, HANDLE, FORMER, NAME, EMAIL, WORDS, BIO, *numbers)
    before = set(traces(aws, of=words))
    seen = {trace.partition(":")[0] for trace in before}
    every = {"content", "edges", "ephemeral", "feeds", "jobs", "ledger", "users"}
    assert {f"local-{table}" for table in every} | {"the user pool"} <= seen
    assert site.PRIVATE_BUCKET in seen
    assert {key.partition("/")[0] for key in public_files()} == {"a", "p"}

    account_deletion.request(ada.user_id)
    deliver_all(task_queue, events)
    clock(days=15)
    assert scheduled_tasks.dispatch_due() == 2  # hers, and a weekly letter that is overdue
    deliver_all(task_queue, events)
    clock(days=15, hours=1)
    scheduled_tasks.dispatch_due()
    deliver_all(task_queue, events)
    assert scheduled_tasks.dispatch_due() == 0

    left = set(traces(aws, of=words, but=(BOOKS,)))
    assert left == set()
    assert set(traces(aws, of=words)) == {f"{BOOKS}: {ada.user_id.lower()}"}
    assert {key.split("/")[1] for key in public_files()} == {his}
    as_others_see_it(bob, mine, his)


def as_others_see_it(bob: Any, mine: list[str], his: str) -> None:
    """Addresses say that they are gone, counts are right, and nobody is named."""
    statuses = [Client().get(f"/p/{post_id}/").status_code for post_id in mine]
    assert statuses == [410, 410, 410, 404]
    assert likes.get_status(bob.user_id, his).likes == 0
    assert "A former user" in bob.client.get("/notifications/").content.decode()
