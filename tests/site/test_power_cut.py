"""The whole cloud is killed while it draws: the books stay exact and the picture comes."""

from collections.abc import Callable

from accounts import credits, profiles
from aptmagic.local.children import wait_until
from generation import jobs, sweeping
from generation.models import Job, State
from generation.requests import checked
from tests.embedded import EmbeddedCloud, saved


def test_a_job_that_was_cut_off_goes_on_by_the_sweep(
    new_cloud: Callable[[], EmbeddedCloud],
) -> None:
    cloud = new_cloud()
    cloud.deploy()
    with cloud.attached():
        profiles.claim("ada", "ada_lovelace", "ada@example.org")
        profiles.welcome("ada", "ada@example.org")
        wish = checked(model="fast", prompt="a fox [[slow:8]]")
        job = jobs.submit("ada", wish, key="k")
        assert wait_until(lambda: jobs.get("ada", job.id).state == State.RUNNING, seconds=60)
        assert wait_until(lambda: "running" in saved(cloud, "dynamodb"), seconds=20)
        assert wait_until(lambda: job.id in saved(cloud, "stepfunctions"), seconds=20)

        cloud.kill()
        cloud.start()

        found = jobs.get("ada", job.id)
        assert found.state == State.RUNNING, "nothing has told it yet"
        found.update(actions=[Job.lease_until.set(0)])
        assert sweeping.sweep() == 1
        assert wait_until(lambda: jobs.get("ada", job.id).ended, seconds=90)
        assert jobs.get("ada", job.id).state == State.READY
        assert credits.funds("ada") == credits.Funds(22, 0)
        assert all(books.balanced for books in credits.all_books())
