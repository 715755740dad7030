"""Whatever AWS does not answer is no answer: every verb that writes, cut off at each of its calls.

It may say that something failed, and never that it was refused; once the services are back, doing
it again does the right thing: nothing is lost, and nothing is charged or made twice.
"""

import ast
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings as site
from pynamodb.exceptions import PynamoDBException

from accounts.api_tokens import tokens
from accounts.billing import ledger
from accounts.identity import recovery_codes
from accounts.privacy import account_deletion, exports, imports
from accounts.privacy.personal_data import ImportedPicture
from accounts.profiles import preferences, profiles
from aptmagic.aws import clients, uploads
from aptmagic.aws.dynamodb import new_id
from aptmagic.aws.scheduled_tasks import ScheduledTask
from aptmagic.errors import Busy, Conflict, Gone, NotFound
from gallery.notifications import delivery, notifications
from gallery.posts import author_snapshot, posts
from gallery.social import likes
from gallery.social.models import Like
from generation.jobs import concurrency, jobs, settlement, steps, submission, sweep, workflow
from generation.jobs.models import Job, JobState, PictureState, WaitingJob
from generation.library import importing, pictures
from tests.unit.failures import KINDS, failing, losing_answers
from tests.unit.services import png, wish, work_through

pytestmark = pytest.mark.usefixtures("workshop")

ROOT = Path(__file__).resolve().parents[2]
A_FAILURE = (Busy, PynamoDBException, BotoCoreError, ClientError)


@dataclass(frozen=True)
class Story:
    """`do` is what somebody does, `right` what must be true when they are told that it is done.

    `again` is what doing it once more may answer, when the first time was done unheard. One that
    is `quiet` logs what failed and comes again, after the time that `later` lets pass.
    """

    do: Callable[[], Any]
    right: Callable[[], bool]
    again: tuple[type[Exception], ...] = ()
    quiet: bool = False
    later: Callable[[], Any] = lambda: None


class World:
    """New people and things for each try."""

    def __init__(self, join: Callable[..., Any], draw: Callable[..., str]) -> None:
        self._join, self._draw, self._numbers = join, draw, itertools.count(1)

    def person(self) -> Any:
        return self._join(f"p{next(self._numbers)}x")

    def job(self, *, drawn: int = 0, derived: int = 0, count: int = 2, **more: Any) -> Job:
        job = submission.submit(self.person().user_id, wish(count=count, **more), key="first")
        if drawn or derived:
            steps.prepare(job.user_id, job.id)
        for number in range(drawn):
            steps.draw(job.user_id, job.id, number)
        for number in range(derived):
            steps.derive(job.user_id, job.id, number)
        return jobs.get(job.user_id, job.id)

    def picture(self, person: Any) -> str:
        return self._draw(person)

    def post(self, person: Any) -> Any:
        return posts.publish(person.person, self.picture(person), caption="A fox")


# Accounts ---------------------------------------------------------------------------------------
def grant(world: World) -> Story:
    """As a webhook does that is told of a payment until it answers that it has been heard."""
    me = world.person().user_id

    def heard() -> None:
        ledger.grant(me, 100, reference="payment-1", reason="Bought")

    return Story(heard, lambda: ledger.get_balance(me) == ledger.CreditBalance(125, 0))


def close(world: World) -> Story:
    me = world.person().user_id
    return Story(
        lambda: ledger.close_account(me),
        lambda: ledger.get_balance(me) == ledger.CreditBalance(0, 0),
    )


def welcome(world: World) -> Story:
    me = new_id().lower()
    handle = f"w{me[-12:]}"
    email = f"{handle}@example.org"
    profiles.claim(me, handle, email)

    def right() -> bool:
        return profiles.get_own(me).handle == handle and ledger.get_balance(me).available == 25

    return Story(lambda: profiles.confirm(me, email), right)


def release(world: World) -> Story:
    me = new_id().lower()
    handle = f"r{me[-12:]}"
    profiles.claim(me, handle, "r@example.org")

    def right() -> bool:
        profiles.refuse_taken(handle)
        return True

    return Story(lambda: profiles.release(me), right)


def describe(world: World) -> Story:
    me = world.person().user_id
    return Story(
        lambda: profiles.update_text(me, name="Mira"), lambda: profiles.get_own(me).name == "Mira"
    )


def rename(world: World) -> Story:
    me = world.person().user_id
    handle = f"n{new_id().lower()[-12:]}"
    return Story(lambda: profiles.rename(me, handle), lambda: profiles.get_own(me).handle == handle)


def discoverable(world: World) -> Story:
    me = world.person().user_id

    def right() -> bool:
        listed = profiles.get_own(me).handle_prefix is not None
        return not preferences.load(me).discoverable and not listed

    return Story(lambda: preferences.update(me, discoverable=False), right)


def make_token(world: World) -> Story:
    ada, its_id = world.person(), new_id()
    return Story(
        lambda: tokens.create(ada.user_id, ada.person.handle, ["read"], token_id=its_id),
        lambda: [each.token.id for each in tokens.list_tokens(ada.user_id)] == [its_id],
        again=(Conflict,),
    )


def revoke_token(world: World) -> Story:
    ada, its_id = world.person(), new_id()
    secret = tokens.create(ada.user_id, ada.person.handle, ["read"], token_id=its_id)
    return Story(
        lambda: tokens.revoke(ada.user_id, its_id),
        lambda: tokens.verify(secret) is None and tokens.list_tokens(ada.user_id) == [],
        again=(NotFound,),
    )


def spend_recovery_code(world: World) -> Story:
    me = world.person().user_id
    codes = recovery_codes.create(me)
    return Story(
        lambda: recovery_codes.use(me, codes[0]), lambda: recovery_codes.count_left(me) == 9
    )


def leave(world: World) -> Story:
    me = world.person().user_id

    def right() -> bool:
        at = profiles.get_own(me).deletes_at
        return at is not None and ScheduledTask.find(*ScheduledTask.key(at, me)) is not None

    return Story(lambda: account_deletion.request(me), right)


def stay(world: World) -> Story:
    me = world.person().user_id
    at = account_deletion.request(me)

    def right() -> bool:
        errand = ScheduledTask.find(*ScheduledTask.key(at, me))
        return profiles.get_own(me).deletes_at is None and errand is None

    return Story(lambda: account_deletion.cancel(me), right)


def ask_for_an_archive(world: World) -> Story:
    me = world.person().user_id
    return Story(lambda: exports.start(me), lambda: len(exports.list_exports(me)) == 1)


def bring_an_archive(world: World) -> Story:
    me, upload_id = world.person().user_id, new_id()
    key = uploads.key(me, uploads.ARCHIVE, upload_id)
    clients.client("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=b"zip")

    def right() -> bool:
        begun = imports.get(me, upload_id)
        at = begun.created_at + imports.AGAIN
        return ScheduledTask.find(*ScheduledTask.key(at, upload_id)) is not None

    return Story(lambda: imports.start(me, upload_id), right)


# Generation -------------------------------------------------------------------------------------
def books_are_right(user_id: str, *, spent: int, reserved: int = 0) -> bool:
    assert ledger.check(user_id).balanced
    return ledger.get_balance(user_id) == ledger.CreditBalance(25 - spent - reserved, reserved)


def owned(user_id: str) -> int:
    return len(pictures.list_pictures(user_id).items)


def submit(world: World) -> Story:
    me = world.person().user_id

    def right() -> bool:
        return len(jobs.recent(me).items) == 1 and books_are_right(me, spent=0, reserved=3)

    return Story(lambda: submission.submit(me, wish(), key="key"), right)


def submit_one_too_many(world: World) -> Story:
    """It waits for its turn."""
    me = world.person().user_id
    for n in range(site.RUNNING_JOBS):
        submission.submit(me, wish(f"fox {n}"), key=f"{n}")

    def right() -> bool:
        waiting = [job for job in jobs.recent(me).items if job.state == JobState.WAITING]
        return len(waiting) == 1 and concurrency.queue_position(waiting[0]) == 0

    return Story(lambda: submission.submit(me, wish(), key="key"), right)


def retry(world: World) -> Story:
    job = work_through(world.job(prompt="a [decline] fox"))
    me = job.user_id

    def right() -> bool:
        return len(jobs.recent(me).items) == 2 and books_are_right(me, spent=0, reserved=6)

    return Story(lambda: submission.retry(me, job.id), right)


def prepare(world: World) -> Story:
    job = world.job()

    def do() -> None:
        assert steps.prepare(job.user_id, job.id), "there is something to draw"

    return Story(do, lambda: jobs.get(job.user_id, job.id).state == JobState.RUNNING)


def draw_one(world: World) -> Story:
    job = world.job(drawn=1)

    def do() -> None:
        assert steps.draw(job.user_id, job.id, 1), "it was drawn"

    return Story(do, lambda: jobs.get(job.user_id, job.id).slots[1].state == PictureState.STORED)


def derive(world: World) -> Story:
    job = world.job(drawn=1)

    def do() -> None:
        assert steps.derive(job.user_id, job.id, 0), "it was stored"

    return Story(do, lambda: jobs.get(job.user_id, job.id).slots[0].state == PictureState.READY)


def settle(world: World) -> Story:
    job = world.job(drawn=2, derived=1)

    def right() -> bool:
        state = jobs.get(job.user_id, job.id).state
        paid = books_are_right(job.user_id, spent=3)
        return state == JobState.PARTIAL and paid and owned(job.user_id) == 1

    return Story(lambda: settlement.settle(job.user_id, job.id), right)


def cancel(world: World) -> Story:
    job = world.job(drawn=2, derived=1)

    def right() -> bool:
        state = jobs.get(job.user_id, job.id).state
        paid = books_are_right(job.user_id, spent=3)
        return state == JobState.CANCELLED and paid and owned(job.user_id) == 1

    return Story(lambda: settlement.cancel(job.user_id, job.id), right)


def start_next(world: World) -> Story:
    me = world.person().user_id
    made = [
        submission.submit(me, wish(f"fox {n}"), key=f"{n}") for n in range(site.RUNNING_JOBS + 1)
    ]
    with suppress(Busy):
        settlement._until_ended(me, made[0].id, settlement._cancel)  # whoever did it died here

    def right() -> bool:
        left = list(WaitingJob.query(f"U#{me}", WaitingJob.sk.startswith("W#")))
        return left == [] and jobs.get(me, made[-1].id).state == JobState.QUEUED

    return Story(lambda: concurrency.start_waiting(me), right)


def sweep_jobs(world: World) -> Story:
    """A job whose workflow was cut off goes on, once, and is not ended instead."""
    job = world.job(drawn=1)
    clients.client("stepfunctions").stop_execution(executionArn=workflow.execution_arn(job))

    def lapse() -> None:
        jobs.get(job.user_id, job.id).update([Job.lease_until.set(1)])

    def right() -> bool:
        again = jobs.get(job.user_id, job.id)
        going_on = again.state == JobState.RUNNING and again.attempt == 2
        return going_on and workflow.execution_status(again) is not None

    lapse()
    return Story(sweep.run, right, quiet=True, later=lapse)


def forget_picture(world: World) -> Story:
    ada = world.person()
    picture_id = world.picture(ada)
    return Story(
        lambda: pictures.delete(ada.user_id, picture_id),
        lambda: owned(ada.user_id) == 0,
        again=(NotFound,),
    )


def admit(world: World) -> Story:
    me = world.person().user_id
    recipe = {"prompt": "a fox", "model": "fast"}
    found = ImportedPicture({"created_at": "2026-01-01T10:00:00+00:00", "recipe": recipe}, png(7))

    def do() -> None:
        assert importing.import_picture(me, found) != "refused"

    return Story(do, lambda: owned(me) == 1)


# Gallery ----------------------------------------------------------------------------------------
def publish(world: World) -> Story:
    ada = world.person()
    picture_id = world.picture(ada)

    def right() -> bool:
        picture = pictures.get_own(ada.user_id, picture_id)
        return posts.get_own(ada.person, picture.post_id).picture_id == picture_id

    return Story(lambda: posts.publish(ada.person, picture_id), right)


def edit_post(world: World) -> Story:
    ada = world.person()
    post = world.post(ada)
    return Story(
        lambda: posts.edit(ada.person, post.id, caption="Two foxes", visibility="private"),
        lambda: posts.get_own(ada.person, post.id).caption == "Two foxes",
    )


def delete_post(world: World) -> Story:
    ada = world.person()
    post = world.post(ada)

    def right() -> bool:
        try:
            posts.get_own(ada.person, post.id)
        except Gone:
            return pictures.get_own(ada.user_id, post.picture_id).post_id is None
        return False

    return Story(lambda: posts.delete(ada.person, post.id), right)


def like(world: World) -> Story:
    post, bob = world.post(world.person()), world.person().user_id

    def right() -> bool:
        return likes.get_status(bob, post.id) == likes.LikeStatus(post.id, 1, True)

    return Story(lambda: likes.like(bob, post.id), right)


def unlike(world: World) -> Story:
    post, bob = world.post(world.person()), world.person().user_id
    likes.like(bob, post.id)

    def right() -> bool:
        return likes.get_status(bob, post.id) == likes.LikeStatus(post.id, 0, False)

    return Story(lambda: likes.unlike(bob, post.id), right)


def forget_like(world: World) -> Story:
    """The like goes with its count, or neither."""
    post, bob = world.post(world.person()), world.person().user_id
    likes.like(bob, post.id)

    def right() -> bool:
        gone = Like.find(*Like.key(bob, post.id), consistent=True) is None
        return gone and likes.get_status(None, post.id).likes == 0

    return Story(lambda: likes.remove(bob, post.id), right)


def notify(world: World) -> Story:
    me, job_id = world.person().user_id, new_id()

    def do() -> None:
        delivery.consume(
            "job.ended",
            {"state": "ready", "user_id": me, "job_id": job_id, "pictures": 1, "prompt": "a fox"},
        )

    return Story(do, lambda: notifications.count_unread(me) == 1)


def mark_read(world: World) -> Story:
    me = world.person().user_id
    delivery.consume(
        "job.ended",
        {"state": "ready", "user_id": me, "job_id": new_id(), "pictures": 1, "prompt": "a fox"},
    )
    return Story(
        lambda: notifications.mark_all_read(me), lambda: notifications.count_unread(me) == 0
    )


def retell(world: World) -> Story:
    ada = world.person()
    post = world.post(ada)
    profiles.update_text(ada.user_id, name="Mira")
    return Story(
        lambda: author_snapshot.refresh(ada.user_id),
        lambda: posts.get_own(ada.person, post.id).author_name == "Mira",
    )


ACCOUNTS = (
    *(grant, close, welcome, release, describe, rename, discoverable, make_token, revoke_token),
    *(spend_recovery_code, leave, stay, ask_for_an_archive, bring_an_archive),
)
GENERATION = (
    *(submit, submit_one_too_many, retry, prepare, draw_one, derive, settle, cancel, start_next),
    *(sweep_jobs, forget_picture, admit),
)
GALLERY = (
    *(publish, edit_post, delete_post, like, unlike, forget_like, notify, mark_read, retell),
)
VERBS = (*ACCOUNTS, *GENERATION, *GALLERY)


@pytest.fixture
def world(join: Callable[..., Any], draw: Callable[..., str], settings: Any) -> World:
    settings.RUNNING_JOBS = 1
    return World(join, draw)


def tried(story: Story) -> bool:
    """Whether they were told that it was done. Nothing but a failure may be said instead."""
    try:
        story.do()
    except A_FAILURE:
        return False
    return True


def done_again(story: Story) -> None:
    story.later()
    with suppress(*story.again):
        story.do()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_what_cannot_be_written_was_not_refused(
    world: World, verb: Callable[[World], Story], kind: str
) -> None:
    story = verb(world)
    with failing(kind=kind, reads=False) as seen:
        done = tried(story)
    assert seen and (story.quiet or not done)
    done_again(story)
    assert story.right()


CUTS: dict[str, Callable[[int], AbstractContextManager[list[str]]]] = {
    "not sent": lambda n: failing(kind="connect error", after=n, times=1, reads=False),
    "answer lost": lambda n: losing_answers(after=n),
    "away from then on": lambda n: failing(kind="connect error", after=n, reads=False),
}


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_what_was_cut_off_is_made_whole_by_doing_it_again(
    world: World, verb: Callable[[World], Story], cut: str
) -> None:
    """At each single write, therefore the time it takes."""
    for n in itertools.count():
        story = verb(world)
        with CUTS[cut](n) as seen:
            done = tried(story)
        if not seen:
            break
        assert story.quiet or not done or story.right(), f"told that it was done, without {seen}"
        done_again(story)
        assert story.right(), f"not right without {seen}"
    assert n and story.right()


def test_whoever_reads_a_refusal_is_among_these_verbs() -> None:
    """A module that reads failed conditions as answers has a story here."""
    told = {ast.unparse(node) for node in ast.walk(ast.parse(Path(__file__).read_text("utf-8")))}
    for app in ("accounts", "generation", "gallery"):
        for file in (ROOT / app).rglob("*.py"):
            if "except Cancelled" in file.read_text("utf-8"):
                assert any(f"{file.stem}." in each for each in told), file
