"""The whole cloud is killed while it draws: the books stay exact and the picture comes."""

from collections.abc import Callable

from accounts.billing import ledger
from accounts.profiles import confirmation, unconfirmed
from aptmagic.local.processes import wait_until
from generation.jobs import jobs, submission, sweep
from generation.jobs.models import Job, JobState
from generation.operations.validation import validate
from tests.embedded_cloud import EmbeddedCloud, saved


def test_a_job_that_was_cut_off_goes_on_by_the_sweep(
    new_cloud: Callable[[], EmbeddedCloud],
) -> None:
    cloud = new_cloud()
    cloud.deploy()
    with cloud.attached():
        unconfirmed.claim("ada", "ada_lovelace", "ada@example.org")
        confirmation.confirm("ada", "ada@example.org")
        wish = validate(model="fast", prompt="a fox [[slow:8]]")
        job = submission.submit("ada", wish, key="k")
        assert wait_until(lambda: jobs.get("ada", job.id).state == JobState.RUNNING, seconds=60)
        assert wait_until(lambda: "running" in saved(cloud, "dynamodb"), seconds=20)
        assert wait_until(lambda: job.id in saved(cloud, "stepfunctions"), seconds=20)

        cloud.kill()
        cloud.start()

        found = jobs.get("ada", job.id)
        assert found.state == JobState.RUNNING, "nothing has told it yet"
        found.update(actions=[Job.lease_until.set(0)])
        assert sweep.run() == 1
        assert wait_until(lambda: jobs.get("ada", job.id).ended, seconds=90)
        assert jobs.get("ada", job.id).state == JobState.READY
        assert ledger.get_balance("ada") == ledger.CreditBalance(22, 0)
        assert all(books.balanced for books in ledger.check_all())
