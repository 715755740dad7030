"""`manage.py seed`: the demo people of a laptop draw and share, through the real pipeline.

It goes on where it stopped, one picture at a time, and lets everybody else's jobs go first.
"""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import avatars, credits, membership, profiles
from accounts.people import Person
from accounts.providers import identity
from aptmagic import aws, uploads
from aptmagic.dynamo import new_id
from aptmagic.errors import Conflict
from aptmagic.local.seed import PEOPLE, POSTS, DemoPerson, DemoPost
from gallery import posts
from generation import jobs, outcomes, pictures, turns
from generation.models import Drawn, Job
from generation.requests import checked

# The embedded Cognito sends no mail and takes this code.
CODE = "123456"
ALLOWANCE = 300
ALLOWANCE_REFERENCE = "0-demo"
LOOK_AGAIN_SECONDS = 0.3


class Command(BaseCommand):
    help = "Fill the embedded cloud's gallery with demo people and their pictures, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--people", action="store_true", help="Only the people, who can then sign in."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AWS_ENDPOINT_URL:
            raise CommandError(
                "Demo people live in the embedded cloud only; start it by `make run`."
            )
        people = {demo.handle: person(demo) for demo in PEOPLE}
        if options["people"]:
            return
        faces = {(demo.handle, demo.face) for demo in PEOPLE}
        for number, post in enumerate(POSTS):
            picture_id = share(people[post.by], post, key=f"seed-{number}")
            if picture_id and (post.by, post.caption) in faces:
                wear(people[post.by].id, picture_id)
        self.stdout.write(f"{len(PEOPLE)} people, {len(POSTS)} posts.")


def person(demo: DemoPerson) -> Person:
    """The demo person, signed up and confirmed if they are new, with something to spend."""
    account = identity().find(demo.email)
    if account is None or not account.confirmed:
        before = account.user_id if account else None
        opened = membership.sign_up(demo.handle, demo.email, demo.password, again=before)
        membership.confirm(demo.email, CODE, user_id=opened.user_id)
        account = identity().find(demo.email)
    if account is None:
        raise CommandError(f"@{demo.handle} could not sign up; `make reset` and try again.")
    profile = profiles.welcome(account.user_id, demo.email)
    if not profile.version:  # they have said nothing of themselves, on the site either
        profile = profiles.describe(account.user_id, name=demo.name, bio=demo.bio)
    credits.grant(
        account.user_id, ALLOWANCE, reference=ALLOWANCE_REFERENCE, reason="Demo allowance"
    )
    return Person(account.user_id, profile.handle, demo.name, (), "")


def share(author: Person, post: DemoPost, *, key: str) -> str | None:
    """Draw and publish one picture, and give its id; what was done before is not done again.

    A demo picture that an earlier version drew with other settings stays as it is: None.
    """
    wish = checked(
        model=post.model,
        prompt=post.prompt,
        aspect_ratio=post.aspect_ratio,
        style_preset=post.style_preset,
        seed=post.seed,
    )
    wait_for_the_others(author.id)
    try:
        job = ended(jobs.submit(author.id, wish, key=key))
    except Conflict:
        return None
    if job.slots[0].state != Drawn.READY:
        raise CommandError(f"“{post.prompt}” was not drawn: {outcomes.sentence(job)}")
    picture_id = job.slots[0].id
    posts.publish(author, picture_id, caption=post.caption, tags=post.tags, alt=post.prompt)
    return str(picture_id)


def wear(user_id: str, picture_id: str) -> None:
    """Make a picture of theirs their face, by the way of everybody's; unless they chose one."""
    profile = profiles.own(user_id)
    if profile.avatar or profile.avatar_wanted:
        return
    upload_id = new_id()
    aws.client("s3").copy_object(
        CopySource={
            "Bucket": settings.PRIVATE_BUCKET,
            "Key": pictures.folder(user_id, picture_id) + pictures.ORIGINAL,
        },
        Bucket=settings.PRIVATE_BUCKET,
        Key=uploads.key(user_id, uploads.PICTURE, upload_id),
    )
    avatars.wish(user_id, upload_id)


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
