"""What becomes of a request: paid once, drawn once, nothing lost, whatever is repeated."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.billing import ledger
from aptmagic.errors import Conflict, NotEnoughCredits, NotFound, Throttled
from aptmagic.lambda_handler import handler
from aptmagic.service_backends import load_backend
from generation import tasks
from generation.jobs import (
    concurrency,
    jobs,
    outcome_messages,
    settlement,
    smoke,
    steps,
    submission,
    sweep,
    workflow,
)
from generation.jobs.models import IdempotencyKey, Job, JobState, PictureState
from generation.library import picture_files, pictures, presenters
from generation.library.models import Picture
from generation.moderation import RefusedText
from generation.providers import ProviderUnavailable
from tests.unit.failures import dynamodb, failing, says
from tests.unit.fake_services import FakeImageProvider, prompt_request, run_workflow
from tests.unit.posts_and_queues import before, hook

__all__ = ["before", "hook"]

pytestmark = pytest.mark.usefixtures("fake_services")


def spent(user_id: str) -> int:
    [books] = [each for each in ledger.check_all() if each.user_id == user_id]
    assert books.balanced, books
    return 25 - books.entries


def test_a_prompt_becomes_pictures_that_are_paid_for(ada: Any) -> None:
    job = submission.submit(ada.user_id, prompt_request(count=2), key="k")
    assert job.state == JobState.QUEUED and ledger.get_balance(ada.user_id).reserved == 6

    job = run_workflow(job)

    assert job.state == JobState.READY and job.charged == 6 and spent(ada.user_id) == 6
    kept = pictures.list_pictures(ada.user_id).items
    assert {picture.id for picture in kept} == {slot.id for slot in job.slots}
    assert [stack.prompt for stack in presenters.group_by_job(kept)] == ["a lighthouse"]


def test_the_same_key_makes_the_same_job(ada: Any) -> None:
    first = submission.submit(ada.user_id, prompt_request(), key="k")
    assert submission.submit(ada.user_id, prompt_request(), key="k").id == first.id
    assert ledger.get_balance(ada.user_id).reserved == 3
    with pytest.raises(Conflict):
        submission.submit(ada.user_id, prompt_request("a fox"), key="k")


def test_steps_that_run_twice_draw_and_charge_once(ada: Any) -> None:
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    ids = {"user_id": ada.user_id, "job_id": job.id}
    for _ in range(2):
        assert steps.prepare(**ids)
        assert steps.draw(**ids, number=0) == steps.DrawResult.STORED
        assert steps.derive(**ids, number=0)
    settlement.settle(**ids)
    settlement.settle(**ids)
    assert steps.draw(**ids, number=0) == steps.DrawResult.NOT_DRAWN, "an ended job draws no more"
    assert len(FakeImageProvider.calls) == 1 and spent(ada.user_id) == 3


def test_a_worker_killed_after_storing_does_not_draw_again(
    ada: Any, aws: Callable[[str], Any], settings: Any
) -> None:
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    ids = {"user_id": ada.user_id, "job_id": job.id}
    steps.prepare(**ids)
    steps.draw(**ids, number=0)
    # It died before it could say so:
    fresh = jobs.get(**ids)
    jobs.update_slot(fresh, 0, state=PictureState.DRAWING)

    assert steps.draw(**ids, number=0) == steps.DrawResult.STORED
    assert len(FakeImageProvider.calls) == 1
    assert jobs.get(**ids).slots[0].note == "Sketched for a test."


def test_trying_again_shares_no_keys_with_programs(ada: Any) -> None:
    failed = run_workflow(
        submission.submit(ada.user_id, prompt_request("a [decline] fox"), key="k")
    )
    other = submission.submit(ada.user_id, prompt_request("a badger"), key=f"retry-{failed.id}")
    again = submission.retry(ada.user_id, failed.id)
    assert len({failed.id, other.id, again.id}) == 3
    assert submission.retry(ada.user_id, failed.id).id == again.id


def test_a_job_is_tried_again_once_for_as_long_as_it_is_there(ada: Any) -> None:
    failed = run_workflow(
        submission.submit(ada.user_id, prompt_request("a [decline] fox"), key="k")
    )
    again = run_workflow(submission.retry(ada.user_id, failed.id))
    for item in IdempotencyKey.query(f"U#{ada.user_id}", IdempotencyKey.sk.startswith("I#")):
        item.delete()  # what a table forgets after a week
    assert all(item.expires_at is None for item in retries(ada))
    assert submission.retry(ada.user_id, failed.id).id == again.id


def test_of_two_clicks_on_try_again_one_makes_a_job(ada: Any, before: Callable[..., None]) -> None:
    failed = run_workflow(
        submission.submit(ada.user_id, prompt_request("a [decline] fox"), key="k")
    )
    first: list[Job] = []
    before("TransactWriteItems", lambda: first.append(submission.retry(ada.user_id, failed.id)))
    second = submission.retry(ada.user_id, failed.id)
    assert second.id == first[0].id and ledger.get_balance(ada.user_id).reserved == 3


def retries(who: Any) -> list[IdempotencyKey]:
    return list(IdempotencyKey.query(f"U#{who.user_id}", IdempotencyKey.sk.startswith("RETRY#")))


def test_a_declined_picture_is_not_charged(ada: Any) -> None:
    job = run_workflow(submission.submit(ada.user_id, prompt_request("a [decline] fox"), key="k"))
    assert job.state == JobState.FAILED and job.outcome == "refused"
    assert (
        "You weren’t charged." in outcome_messages.outcome_message(job) and spent(ada.user_id) == 0
    )


def test_some_pictures_of_a_job_may_come(ada: Any) -> None:
    request = prompt_request("a [decline 8] fox", seed=7, count=3)
    job = run_workflow(submission.submit(ada.user_id, request, key="k"))
    assert job.state == JobState.PARTIAL and spent(ada.user_id) == 6
    said = outcome_messages.outcome_message(job)
    assert "Finished 2 of 3 pictures" in said and "6 credits charged" in said


def test_a_picture_against_the_rules_is_withheld(ada: Any, settings: Any) -> None:
    settings.MODERATION = {"BACKEND": "tests.unit.generation.jobs.test_jobs.Strict", "OPTIONS": {}}
    job = run_workflow(submission.submit(ada.user_id, prompt_request(), key="k"))
    assert job.state == JobState.FAILED and "didn’t keep it" in outcome_messages.outcome_message(
        job
    )
    assert pictures.list_pictures(ada.user_id).items == []


class Strict:
    def refuses_text(self, words: str) -> bool:
        return False

    def refuses_picture(self, picture: bytes) -> bool:
        return True


def test_a_picture_that_tries_a_release_leaves_nothing(aws: Callable[[str], Any]) -> None:
    said = smoke.draw_test_picture()
    assert said == {
        "drawn": True,
        "model": "stability.stable-image-core-v1:1",  # the cheapest
        "width": 64,
        "height": 48,
    }
    assert len(FakeImageProvider.calls) == 1
    for table in aws("dynamodb").list_tables()["TableNames"]:
        assert aws("dynamodb").scan(TableName=table)["Count"] == 0, table
    for bucket in aws("s3").list_buckets()["Buckets"]:
        assert not aws("s3").list_objects_v2(Bucket=bucket["Name"]).get("Contents")


def test_a_release_whose_picture_is_withheld_says_so(settings: Any) -> None:
    settings.MODERATION = {"BACKEND": "tests.unit.generation.jobs.test_jobs.Strict", "OPTIONS": {}}
    said = smoke.draw_test_picture()
    assert (said["drawn"], "our own rules" in said["reason"]) == (False, True)


def test_a_release_that_cannot_draw_says_why() -> None:
    for words in ("a fox [decline]", "a forbidden fox"):
        said = smoke.draw_test_picture(words)
        assert (said["drawn"], bool(said["reason"])) == (False, True)
    with pytest.raises(ProviderUnavailable):  # a busy model is no answer
        smoke.draw_test_picture("a fox [stumble]")


def test_refused_words_touch_no_credit(ada: Any) -> None:
    for words in ("forbidden things", "a C\u200bSAM poster", "\uff43\uff53\uff41\uff4d"):
        with pytest.raises(RefusedText):
            submission.submit(ada.user_id, prompt_request(words), key=words)
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(25, 0)


def test_a_throttled_model_is_tried_again(ada: Any) -> None:
    job = submission.submit(ada.user_id, prompt_request("[stumble]"), key="k")
    steps.prepare(ada.user_id, job.id)
    with pytest.raises(ProviderUnavailable):
        steps.draw(ada.user_id, job.id, 0)
    job = settlement.settle(ada.user_id, job.id)  # after the last attempt
    assert job.state == JobState.FAILED and spent(ada.user_id) == 0


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("bedrock-runtime", "ThrottlingException"),
        ("bedrock-runtime", "ServiceUnavailableException"),
        ("bedrock-runtime", "ModelNotReadyException"),
        ("s3", "SlowDown"),
        ("dynamodb", "ProvisionedThroughputExceededException"),
    ],
)
def test_the_workflow_is_told_that_a_step_was_throttled(
    ada: Any, aws: Callable[[str], Any], settings: Any, service: str, code: str
) -> None:
    """By the error's name, upon which it has patience for minutes."""
    by_bedrock(settings)
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    steps.prepare(ada.user_id, job.id)
    client = dynamodb() if service == "dynamodb" else aws(service)
    with failing(client, kind=says(code, 400)), pytest.raises(Throttled):
        handler(step("draw", job))


def test_another_failure_of_a_model_is_tried_a_few_times(
    ada: Any, aws: Callable[[str], Any], settings: Any
) -> None:
    by_bedrock(settings)
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    steps.prepare(ada.user_id, job.id)
    failed = failing(aws("bedrock-runtime"), kind=says("InternalServerException", 500))
    with failed, pytest.raises(ProviderUnavailable):
        handler(step("draw", job))


def by_bedrock(settings: Any) -> None:
    bedrock = {"BACKEND": "generation.providers.bedrock.BedrockStability", "OPTIONS": {}}
    settings.IMAGE_PROVIDERS = {"bedrock": bedrock}
    load_backend.cache_clear()


def step(command: str, job: Job) -> dict[str, Any]:
    ids = {"user_id": job.user_id, "job_id": job.id, "number": 0}
    return {"command": command, "input": ids}


def test_too_few_credits_are_said_and_nothing_is_made(ada: Any) -> None:
    with pytest.raises(NotEnoughCredits, match=r"costs 44 credits and you have 25.*fewer"):
        submission.submit(ada.user_id, prompt_request(model="best", count=4), key="k")
    assert jobs.recent(ada.user_id).items == []
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(25, 0)


def test_more_jobs_than_the_plan_allows_wait_and_follow(ada: Any, settings: Any) -> None:
    settings.RUNNING_JOBS = 2
    made = [
        submission.submit(ada.user_id, prompt_request(f"fox {n}"), key=f"k{n}") for n in range(4)
    ]
    assert [job.state for job in made] == ["queued", "queued", "waiting", "waiting"]
    assert concurrency.queue_position(made[3]) == 1

    run_workflow(made[0])

    states = [jobs.get(ada.user_id, job.id).state for job in made]
    assert states == ["ready", "queued", "queued", "waiting"]


def test_cancelling_wins_over_a_step_that_writes_at_the_same_time(
    ada: Any, aws: Callable[[str], Any]
) -> None:
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    steps.prepare(ada.user_id, job.id)
    client = Job._get_connection().connection.client
    written: list[int] = []

    def a_step_is_quicker(model: Any, **_: Any) -> None:
        if not written:
            written.append(1)
            jobs.update_slot(jobs.get(ada.user_id, job.id), 0, state=PictureState.DRAWING)

    client.meta.events.register("before-call.dynamodb.TransactWriteItems", a_step_is_quicker)
    try:
        assert settlement.cancel(ada.user_id, job.id).state == JobState.CANCELLED
    finally:
        client.meta.events.unregister("before-call.dynamodb.TransactWriteItems", a_step_is_quicker)
    assert written and ledger.get_balance(ada.user_id) == ledger.CreditBalance(25, 0)


def test_cancelling_lets_the_next_one_start(ada: Any, settings: Any) -> None:
    settings.RUNNING_JOBS = 1
    first = submission.submit(ada.user_id, prompt_request(), key="k1")
    second = submission.submit(ada.user_id, prompt_request("a fox"), key="k2")
    settlement.cancel(ada.user_id, first.id)
    assert jobs.get(ada.user_id, second.id).state == JobState.QUEUED


def test_trying_again_makes_one_new_job(ada: Any) -> None:
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    with pytest.raises(Conflict):
        submission.retry(ada.user_id, job.id)
    settlement.cancel(ada.user_id, job.id)
    assert (
        submission.retry(ada.user_id, job.id).id
        == submission.retry(ada.user_id, job.id).id
        != job.id
    )


def test_trying_a_part_again_asks_for_what_is_missing(ada: Any) -> None:
    request = prompt_request("a [decline 8] fox", seed=7, count=3)
    job = run_workflow(submission.submit(ada.user_id, request, key="k"))
    again = submission.retry(ada.user_id, job.id)
    assert len(again.slots) == 1 and again.held == 3
    assert again.slots[0].seed not in [slot.seed for slot in job.slots]


def test_another_person_sees_neither_job_nor_picture(ada: Any, bob: Any) -> None:
    job = run_workflow(submission.submit(ada.user_id, prompt_request(), key="k"))
    with pytest.raises(NotFound):
        jobs.get(bob.user_id, job.id)
    with pytest.raises(NotFound):
        pictures.get_own(bob.user_id, job.slots[0].id)
    with pytest.raises(NotFound):
        pictures.delete(bob.user_id, job.slots[0].id)


def test_the_sweep_starts_what_was_never_started(
    ada: Any, settings: Any, aws: Callable[[str], Any]
) -> None:
    right, settings.WORKFLOW_ARN = settings.WORKFLOW_ARN, settings.WORKFLOW_ARN + "-gone"
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    settings.WORKFLOW_ARN = right
    assert workflow.execution_status(job) is None

    assert sweep_later(job) == 1

    assert workflow.execution_status(job) in ("RUNNING", "SUCCEEDED")


def test_the_sweep_settles_what_runs_no_more(ada: Any, aws: Callable[[str], Any]) -> None:
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    steps.prepare(ada.user_id, job.id)
    aws("stepfunctions").stop_execution(executionArn=workflow.execution_arn(job))

    sweep_later(job)
    again = jobs.get(ada.user_id, job.id)
    assert again.state == JobState.RUNNING and workflow.execution_status(again), "it goes on, once"
    aws("stepfunctions").stop_execution(executionArn=workflow.execution_arn(again))
    sweep_later(again)

    assert jobs.get(ada.user_id, job.id).state == JobState.FAILED
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(25, 0)


def sweep_later(job: Job) -> int:
    """The sweep, when the job's lease has run out."""
    job.update(actions=[Job.lease_until.set(int(time.time()) - 1)])
    return sweep.run()


def test_a_job_that_the_sweep_could_not_look_after_is_in_the_log(
    ada: Any, caplog: pytest.LogCaptureFixture
) -> None:
    job = submission.submit(ada.user_id, prompt_request(), key="k")
    job.update(actions=[Job.lease_until.set(int(time.time()) - 1)])
    with failing(dynamodb(), kind="throttling", operation="TransactWriteItems"):
        sweep.run()
    assert f"job {job.id} could not be looked after" in caplog.text
    assert "Busy" in caplog.text


def test_only_a_sweep_that_ends_well_is_counted(
    ada: Any, aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """An alarm waits for the count: a sweep that fails each minute has to be noticed."""
    tasks.sweep()
    assert '"Sweeps": 1' in capsys.readouterr().out
    aws("dynamodb").delete_table(TableName=Job.Meta.table_name)
    with pytest.raises(Exception, match="not found"):
        tasks.sweep()
    assert "Sweeps" not in capsys.readouterr().out


def test_forgetting_a_picture_takes_its_files_along(
    ada: Any, aws: Callable[[str], Any], settings: Any
) -> None:
    job = run_workflow(submission.submit(ada.user_id, prompt_request(), key="k"))
    base = picture_files.folder(ada.user_id, job.slots[0].id)
    key = list(Picture.key(job.slots[0].id))
    assert picture_files.delete_folder(settings.PRIVATE_BUCKET, base, key) == 0, "it is still owned"

    pictures.delete(ada.user_id, job.slots[0].id)

    assert picture_files.delete_folder(settings.PRIVATE_BUCKET, base, key) > 2
    assert picture_files.delete_folder(settings.PRIVATE_BUCKET, base, key) == 0
