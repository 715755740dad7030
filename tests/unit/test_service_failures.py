"""Every operation that writes, interrupted at each of its calls to AWS.

It may report a failure, never a refusal. Once the services are back, repeating it gives the right
result: nothing is lost, and nothing is charged or created twice.
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
from accounts.billing.entry_kinds import PROMOTION
from accounts.identity import recovery_codes
from accounts.privacy import account_deletion, exports, imports
from accounts.privacy.personal_data import ImportedPicture
from accounts.profiles import (
    confirmation,
    handle_claims,
    preferences,
    profiles,
    renaming,
    unconfirmed,
)
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
from tests.unit.fake_services import png, prompt_request, run_workflow

pytestmark = pytest.mark.usefixtures("fake_services")

ROOT = Path(__file__).resolve().parents[2]
FAILURES = (Busy, PynamoDBException, BotoCoreError, ClientError)


@dataclass(frozen=True)
class Scenario:
    """`run` is the operation, `is_done` what must hold once it reports success.

    `on_repeat` are refusals it may raise when repeated after an attempt that succeeded unnoticed.
    A `scheduled` one logs failures instead of raising and runs again after `wait` lets time pass.
    """

    run: Callable[[], Any]
    is_done: Callable[[], bool]
    on_repeat: tuple[type[Exception], ...] = ()
    scheduled: bool = False
    wait: Callable[[], Any] = lambda: None


class World:
    """Creates new people and objects for each attempt."""

    def __init__(self, join: Callable[..., Any], draw: Callable[..., str]) -> None:
        self._join, self._draw, self._numbers = join, draw, itertools.count(1)

    def person(self) -> Any:
        return self._join(f"p{next(self._numbers)}x")

    def job(self, *, drawn: int = 0, derived: int = 0, count: int = 2, **more: Any) -> Job:
        job = submission.submit(
            self.person().user_id, prompt_request(count=count, **more), key="first"
        )
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
def grant(world: World) -> Scenario:
    """As a webhook does, which is called until it acknowledges the payment."""
    me = world.person().user_id

    def receive() -> None:
        ledger.grant(me, 100, reference="payment-1", kind=PROMOTION)

    return Scenario(receive, lambda: ledger.get_balance(me) == ledger.CreditBalance(125, 0))


def close_ledger_account(world: World) -> Scenario:
    me = world.person().user_id
    return Scenario(
        lambda: ledger.close_account(me),
        lambda: ledger.get_balance(me) == ledger.CreditBalance(0, 0),
    )


def confirm_account(world: World) -> Scenario:
    me = new_id().lower()
    handle = f"w{me[-12:]}"
    email = f"{handle}@example.org"
    unconfirmed.claim(me, handle, email)

    def is_done() -> bool:
        return profiles.get_own(me).handle == handle and ledger.get_balance(me).available == 25

    return Scenario(lambda: confirmation.confirm(me, email), is_done)


def release(world: World) -> Scenario:
    me = new_id().lower()
    handle = f"r{me[-12:]}"
    unconfirmed.claim(me, handle, "r@example.org")

    def is_done() -> bool:
        handle_claims.refuse_taken(handle)
        return True

    return Scenario(lambda: unconfirmed.release(me), is_done)


def edit_profile(world: World) -> Scenario:
    me = world.person().user_id
    return Scenario(
        lambda: profiles.update_text(me, name="Mira"), lambda: profiles.get_own(me).name == "Mira"
    )


def rename(world: World) -> Scenario:
    me = world.person().user_id
    handle = f"n{new_id().lower()[-12:]}"
    return Scenario(
        lambda: renaming.rename(me, handle), lambda: profiles.get_own(me).handle == handle
    )


def hide_from_completion(world: World) -> Scenario:
    me = world.person().user_id

    def is_done() -> bool:
        listed = profiles.get_own(me).handle_prefix is not None
        return not preferences.load(me).discoverable and not listed

    return Scenario(lambda: preferences.update(me, discoverable=False), is_done)


def make_token(world: World) -> Scenario:
    ada, its_id = world.person(), new_id()
    return Scenario(
        lambda: tokens.create(ada.user_id, ada.person.handle, ["read"], token_id=its_id),
        lambda: [each.token.id for each in tokens.list_tokens(ada.user_id)] == [its_id],
        on_repeat=(Conflict,),
    )


def revoke_token(world: World) -> Scenario:
    ada, its_id = world.person(), new_id()
    secret = tokens.create(ada.user_id, ada.person.handle, ["read"], token_id=its_id)
    return Scenario(
        lambda: tokens.revoke(ada.user_id, its_id),
        lambda: tokens.verify(secret) is None and tokens.list_tokens(ada.user_id) == [],
        on_repeat=(NotFound,),
    )


def spend_recovery_code(world: World) -> Scenario:
    me = world.person().user_id
    codes = recovery_codes.create(me)
    return Scenario(
        lambda: recovery_codes.use(me, codes[0]), lambda: recovery_codes.count_left(me) == 9
    )


def request_deletion(world: World) -> Scenario:
    me = world.person().user_id

    def is_done() -> bool:
        at = profiles.get_own(me).deletes_at
        return at is not None and ScheduledTask.find(*ScheduledTask.key(at, me)) is not None

    return Scenario(lambda: account_deletion.request(me), is_done)


def cancel_deletion(world: World) -> Scenario:
    me = world.person().user_id
    at = account_deletion.request(me)

    def is_done() -> bool:
        task = ScheduledTask.find(*ScheduledTask.key(at, me))
        return profiles.get_own(me).deletes_at is None and task is None

    return Scenario(lambda: account_deletion.cancel(me), is_done)


def start_export(world: World) -> Scenario:
    me = world.person().user_id
    return Scenario(lambda: exports.start(me), lambda: len(exports.list_exports(me)) == 1)


def start_import(world: World) -> Scenario:
    me, upload_id = world.person().user_id, new_id()
    key = uploads.key(me, uploads.ARCHIVE, upload_id)
    clients.client("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=b"zip")

    def is_done() -> bool:
        started = imports.get(me, upload_id)
        at = started.created_at + imports.RETRY_AFTER
        return ScheduledTask.find(*ScheduledTask.key(at, upload_id)) is not None

    return Scenario(lambda: imports.start(me, upload_id), is_done)


# Generation -------------------------------------------------------------------------------------
def books_balance(user_id: str, *, spent: int, reserved: int = 0) -> bool:
    assert ledger.check(user_id).balanced
    return ledger.get_balance(user_id) == ledger.CreditBalance(25 - spent - reserved, reserved)


def count_pictures(user_id: str) -> int:
    return len(pictures.list_pictures(user_id).items)


def submit(world: World) -> Scenario:
    me = world.person().user_id

    def is_done() -> bool:
        return len(jobs.recent(me).items) == 1 and books_balance(me, spent=0, reserved=3)

    return Scenario(lambda: submission.submit(me, prompt_request(), key="key"), is_done)


def submit_beyond_the_limit(world: World) -> Scenario:
    """The job beyond the limit waits in the queue."""
    me = world.person().user_id
    for n in range(site.RUNNING_JOBS):
        submission.submit(me, prompt_request(f"fox {n}"), key=f"{n}")

    def is_done() -> bool:
        waiting = [job for job in jobs.recent(me).items if job.state == JobState.WAITING]
        return len(waiting) == 1 and concurrency.queue_position(waiting[0]) == 0

    return Scenario(lambda: submission.submit(me, prompt_request(), key="key"), is_done)


def retry(world: World) -> Scenario:
    job = run_workflow(world.job(prompt="a [decline] fox"))
    me = job.user_id

    def is_done() -> bool:
        return len(jobs.recent(me).items) == 2 and books_balance(me, spent=0, reserved=6)

    return Scenario(lambda: submission.retry(me, job.id), is_done)


def prepare(world: World) -> Scenario:
    job = world.job()

    def run() -> None:
        assert steps.prepare(job.user_id, job.id), "there is something to draw"

    return Scenario(run, lambda: jobs.get(job.user_id, job.id).state == JobState.RUNNING)


def draw_one(world: World) -> Scenario:
    job = world.job(drawn=1)

    def run() -> None:
        assert steps.draw(job.user_id, job.id, 1), "it was drawn"

    return Scenario(
        run, lambda: jobs.get(job.user_id, job.id).slots[1].state == PictureState.STORED
    )


def derive(world: World) -> Scenario:
    job = world.job(drawn=1)

    def run() -> None:
        assert steps.derive(job.user_id, job.id, 0), "it was stored"

    return Scenario(run, lambda: jobs.get(job.user_id, job.id).slots[0].state == PictureState.READY)


def settle(world: World) -> Scenario:
    job = world.job(drawn=2, derived=1)

    def is_done() -> bool:
        state = jobs.get(job.user_id, job.id).state
        paid = books_balance(job.user_id, spent=3)
        return state == JobState.PARTIAL and paid and count_pictures(job.user_id) == 1

    return Scenario(lambda: settlement.settle(job.user_id, job.id), is_done)


def cancel(world: World) -> Scenario:
    job = world.job(drawn=2, derived=1)

    def is_done() -> bool:
        state = jobs.get(job.user_id, job.id).state
        paid = books_balance(job.user_id, spent=3)
        return state == JobState.CANCELLED and paid and count_pictures(job.user_id) == 1

    return Scenario(lambda: settlement.cancel(job.user_id, job.id), is_done)


def start_next(world: World) -> Scenario:
    me = world.person().user_id
    made = [
        submission.submit(me, prompt_request(f"fox {n}"), key=f"{n}")
        for n in range(site.RUNNING_JOBS + 1)
    ]
    with suppress(Busy):
        settlement._until_ended(
            me, made[0].id, settlement._cancel
        )  # and the process was killed here

    def is_done() -> bool:
        left = list(WaitingJob.query(f"U#{me}", WaitingJob.sk.startswith("W#")))
        return left == [] and jobs.get(me, made[-1].id).state == JobState.QUEUED

    return Scenario(lambda: concurrency.start_waiting(me), is_done)


def sweep_jobs(world: World) -> Scenario:
    """A job whose workflow stopped is restarted once, not ended."""
    job = world.job(drawn=1)
    clients.client("stepfunctions").stop_execution(executionArn=workflow.execution_arn(job))

    def expire() -> None:
        jobs.get(job.user_id, job.id).update([Job.lease_until.set(1)])

    def is_done() -> bool:
        restarted = jobs.get(job.user_id, job.id)
        is_running = restarted.state == JobState.RUNNING and restarted.attempt == 2
        return is_running and workflow.execution_status(restarted) is not None

    expire()
    return Scenario(sweep.run, is_done, scheduled=True, wait=expire)


def delete_picture(world: World) -> Scenario:
    ada = world.person()
    picture_id = world.picture(ada)
    return Scenario(
        lambda: pictures.delete(ada.user_id, picture_id),
        lambda: count_pictures(ada.user_id) == 0,
        on_repeat=(NotFound,),
    )


def import_picture(world: World) -> Scenario:
    me = world.person().user_id
    recipe = {"prompt": "a fox", "model": "fast"}
    found = ImportedPicture({"created_at": "2026-01-01T10:00:00+00:00", "recipe": recipe}, png(7))

    def run() -> None:
        assert importing.import_picture(me, found) != "refused"

    return Scenario(run, lambda: count_pictures(me) == 1)


# Gallery ----------------------------------------------------------------------------------------
def publish(world: World) -> Scenario:
    ada = world.person()
    picture_id = world.picture(ada)

    def is_done() -> bool:
        picture = pictures.get_own(ada.user_id, picture_id)
        return posts.get_own(ada.person, picture.post_id).picture_id == picture_id

    return Scenario(lambda: posts.publish(ada.person, picture_id), is_done)


def edit_post(world: World) -> Scenario:
    ada = world.person()
    post = world.post(ada)
    return Scenario(
        lambda: posts.edit(ada.person, post.id, caption="Two foxes", visibility="private"),
        lambda: posts.get_own(ada.person, post.id).caption == "Two foxes",
    )


def delete_post(world: World) -> Scenario:
    ada = world.person()
    post = world.post(ada)

    def is_done() -> bool:
        try:
            posts.get_own(ada.person, post.id)
        except Gone:
            return pictures.get_own(ada.user_id, post.picture_id).post_id is None
        return False

    return Scenario(lambda: posts.delete(ada.person, post.id), is_done)


def like(world: World) -> Scenario:
    post, bob = world.post(world.person()), world.person().user_id

    def is_done() -> bool:
        return likes.get_status(bob, post.id) == likes.LikeStatus(post.id, 1, True)

    return Scenario(lambda: likes.like(bob, post.id), is_done)


def unlike(world: World) -> Scenario:
    post, bob = world.post(world.person()), world.person().user_id
    likes.like(bob, post.id)

    def is_done() -> bool:
        return likes.get_status(bob, post.id) == likes.LikeStatus(post.id, 0, False)

    return Scenario(lambda: likes.unlike(bob, post.id), is_done)


def remove_like(world: World) -> Scenario:
    """The like and its count are removed together."""
    post, bob = world.post(world.person()), world.person().user_id
    likes.like(bob, post.id)

    def is_done() -> bool:
        gone = Like.find(*Like.key(bob, post.id), consistent=True) is None
        return gone and likes.get_status(None, post.id).likes == 0

    return Scenario(lambda: likes.remove(bob, post.id), is_done)


def notify(world: World) -> Scenario:
    me, job_id = world.person().user_id, new_id()

    def run() -> None:
        delivery.consume(
            "job.ended",
            {"state": "ready", "user_id": me, "job_id": job_id, "pictures": 1, "prompt": "a fox"},
        )

    return Scenario(run, lambda: notifications.count_unread(me) == 1)


def mark_read(world: World) -> Scenario:
    me = world.person().user_id
    delivery.consume(
        "job.ended",
        {"state": "ready", "user_id": me, "job_id": new_id(), "pictures": 1, "prompt": "a fox"},
    )
    return Scenario(
        lambda: notifications.mark_all_read(me), lambda: notifications.count_unread(me) == 0
    )


def refresh_author(world: World) -> Scenario:
    ada = world.person()
    post = world.post(ada)
    profiles.update_text(ada.user_id, name="Mira")
    return Scenario(
        lambda: author_snapshot.refresh(ada.user_id),
        lambda: posts.get_own(ada.person, post.id).author_name == "Mira",
    )


ACCOUNTS = (
    *(
        grant,
        close_ledger_account,
        confirm_account,
        release,
        edit_profile,
        rename,
        hide_from_completion,
        make_token,
        revoke_token,
    ),
    *(spend_recovery_code, request_deletion, cancel_deletion, start_export, start_import),
)
GENERATION = (
    *(
        submit,
        submit_beyond_the_limit,
        retry,
        prepare,
        draw_one,
        derive,
        settle,
        cancel,
        start_next,
    ),
    *(sweep_jobs, delete_picture, import_picture),
)
GALLERY = (
    *(
        publish,
        edit_post,
        delete_post,
        like,
        unlike,
        remove_like,
        notify,
        mark_read,
        refresh_author,
    ),
)
OPERATIONS = (*ACCOUNTS, *GENERATION, *GALLERY)


@pytest.fixture
def world(join: Callable[..., Any], draw: Callable[..., str], settings: Any) -> World:
    settings.RUNNING_JOBS = 1
    return World(join, draw)


def succeeds(scenario: Scenario) -> bool:
    """Whether the operation reported success. It may raise nothing but a failure."""
    try:
        scenario.run()
    except FAILURES:
        return False
    return True


def repeat(scenario: Scenario) -> None:
    scenario.wait()
    with suppress(*scenario.on_repeat):
        scenario.run()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.__name__)
def test_a_failed_write_is_never_reported_as_a_refusal(
    world: World, operation: Callable[[World], Scenario], kind: str
) -> None:
    scenario = operation(world)
    with failing(kind=kind, reads=False) as failed:
        success = succeeds(scenario)
    assert failed and (scenario.scheduled or not success)
    repeat(scenario)
    assert scenario.is_done()


INTERRUPTIONS: dict[str, Callable[[int], AbstractContextManager[list[str]]]] = {
    "not sent": lambda n: failing(kind="connect error", after=n, times=1, reads=False),
    "answer lost": lambda n: losing_answers(after=n),
    "down from then on": lambda n: failing(kind="connect error", after=n, reads=False),
}


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.__name__)
def test_repeating_an_interrupted_operation_completes_it(
    world: World, operation: Callable[[World], Scenario], interruption: str
) -> None:
    """Slow, because it interrupts at every single write."""
    for n in itertools.count():
        scenario = operation(world)
        with INTERRUPTIONS[interruption](n) as failed:
            success = succeeds(scenario)
        if not failed:
            break
        reported_right = scenario.scheduled or not success or scenario.is_done()
        assert reported_right, f"reported success without {failed}"
        repeat(scenario)
        assert scenario.is_done(), f"not done after repeating without {failed}"
    assert n and scenario.is_done()


def test_every_module_that_catches_a_failed_condition_is_tested_here() -> None:
    """A module that reads failed conditions as answers has a scenario here."""
    sources = {ast.unparse(node) for node in ast.walk(ast.parse(Path(__file__).read_text("utf-8")))}
    for app in ("accounts", "generation", "gallery"):
        for file in (ROOT / app).rglob("*.py"):
            if "except ConditionFailed" in file.read_text("utf-8"):
                assert any(f"{file.stem}." in each for each in sources), file
