"""`manage.py seed`: the demo people of a laptop draw and share, through the real pipeline.

It goes on where it stopped, one picture at a time, and lets everybody else's jobs go first.
"""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import credits, membership, profiles
from accounts.models import Profile
from accounts.people import Person
from accounts.providers import identity
from aptmagic.local.seed import PEOPLE, POSTS, DemoPerson, DemoPost
from gallery import posts
from generation import jobs, outcomes, turns
from generation.models import Drawn, Job
from generation.requests import checked

# The embedded Cognito sends no mail and takes this code.
CODE = "123456"
ALLOWANCE = 300
ALLOWANCE_REFERENCE = "0-demo"
LOOK_AGAIN_SECONDS = 0.3


class Command(BaseCommand):
    help = "Fill the embedded cloud's gallery with demo people and their pictures, once."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AWS_ENDPOINT_URL:
            raise CommandError(
                "Demo people live in the embedded cloud only; start it by `make run`."
            )
        people = {demo.handle: person(demo) for demo in PEOPLE}
        for number, post in enumerate(POSTS):
            share(people[post.by], post, key=f"seed-{number}")
        self.stdout.write(f"{len(PEOPLE)} people, {len(POSTS)} posts.")


def person(demo: DemoPerson) -> Person:
    """The demo person, signed up and confirmed if they are new, with something to spend."""
    account = identity().find(demo.email)
    if account is None or not account.confirmed:
        membership.sign_up(demo.handle, demo.email, demo.password)
        membership.confirm(demo.email, CODE)
        account = identity().find(demo.email)
    if account is None:
        raise CommandError(f"@{demo.handle} could not sign up; `make reset` and try again.")
    profile = profiles.welcome(account.user_id, demo.email)
    if profile.name != demo.name:
        profile.update(actions=[Profile.name.set(demo.name)])
    credits.grant(
        account.user_id, ALLOWANCE, reference=ALLOWANCE_REFERENCE, reason="Demo allowance"
    )
    return Person(account.user_id, profile.handle, demo.name, (), "")


def share(author: Person, post: DemoPost, *, key: str) -> None:
    """Draw and publish one picture; nothing happens where this was done before."""
    wish = checked(
        model=post.model,
        prompt=post.prompt,
        aspect_ratio=post.aspect_ratio,
        style_preset=post.style_preset,
        seed=post.seed,
    )
    wait_for_the_others(author.id)
    job = ended(jobs.submit(author.id, wish, key=key))
    if job.slots[0].state != Drawn.READY:
        raise CommandError(f"“{post.prompt}” was not drawn: {outcomes.sentence(job)}")
    posts.publish(author, job.slots[0].id, caption=post.caption, tags=post.tags, alt=post.prompt)


def wait_for_the_others(user_id: str) -> None:
    """A person's own job never waits for a demo picture."""
    while any(
        item.pk != f"U#{user_id}"
        for shard in range(turns.SHARDS)
        for item in Job.active.query(f"a#{shard}")
    ):
        time.sleep(LOOK_AGAIN_SECONDS)


def ended(job: Job) -> Job:
    while not job.ended:
        time.sleep(LOOK_AGAIN_SECONDS)
        job = jobs.get(job.user_id, job.id)
    return job
