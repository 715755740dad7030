"""`manage.py seed`: demo people and their pictures for `make run`, through the real pipeline.

It resumes where it stopped, draws one picture at a time and gives way to other people's jobs.
"""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.billing import ledger
from accounts.billing.entry_kinds import PROMOTION
from accounts.current_user import CurrentUser
from accounts.identity import sign_up
from accounts.identity.cognito.protocol import identity_provider
from accounts.profiles import avatars, confirmation, profiles
from aptmagic.aws import storage, uploads
from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import Conflict
from aptmagic.local.seed import PEOPLE, POSTS, DemoPerson, DemoPost
from gallery.posts import posts
from generation.jobs import jobs, leases, outcome_messages, submission
from generation.jobs.models import Job, PictureState
from generation.library import picture_files
from generation.operations.validation import validate

# The embedded Cognito accepts this code from everyone.
CONFIRMATION_CODE = "123456"
DEMO_CREDITS = 300
DEMO_CREDITS_REFERENCE = "0-demo"
POLL_SECONDS = 0.3


class Command(BaseCommand):
    help = "Fill the embedded cloud's gallery with demo people and their pictures, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--people", action="store_true", help="Only the people, who can then sign in."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AWS_ENDPOINT_URL:
            raise CommandError(
                "Demo people exist only in the embedded cloud. Start it with `make run`."
            )
        people = {demo.handle: create_person(demo) for demo in PEOPLE}
        if options["people"]:
            return
        faces = {(demo.handle, demo.face) for demo in PEOPLE}
        for number, post in enumerate(POSTS):
            picture_id = create_post(people[post.by], post, key=f"seed-{number}")
            if picture_id and (post.by, post.caption) in faces:
                set_avatar(people[post.by].id, picture_id)
        self.stdout.write(f"{len(PEOPLE)} people, {len(POSTS)} posts.")


def create_person(demo: DemoPerson) -> CurrentUser:
    """The demo person, signed up and confirmed if they are new, with credits to spend."""
    account = identity_provider().find(demo.email)
    if account is None or not account.confirmed:
        unconfirmed = account.user_id if account else None
        opened = sign_up.start(demo.handle, demo.email, demo.password, replaces=unconfirmed)
        sign_up.confirm(demo.email, CONFIRMATION_CODE, user_id=opened.user_id)
        account = identity_provider().find(demo.email)
    if account is None:
        raise CommandError(f"@{demo.handle} could not sign up. Run `make reset` and try again.")
    profile = confirmation.confirm(account.user_id, demo.email)
    if not profile.version:  # neither we nor they have edited it yet
        profile = profiles.update_text(account.user_id, name=demo.name, bio=demo.bio)
    ledger.grant(account.user_id, DEMO_CREDITS, kind=PROMOTION, reference=DEMO_CREDITS_REFERENCE)
    return CurrentUser(account.user_id, profile.handle, demo.name, (), "")


def create_post(author: CurrentUser, post: DemoPost, *, key: str) -> str | None:
    """Draw and publish one picture and return its id. Idempotent by `key`.

    None if an earlier version of this command drew it with other settings.
    """
    prompt_request = validate(
        model=post.model,
        prompt=post.prompt,
        aspect_ratio=post.aspect_ratio,
        style_preset=post.style_preset,
        seed=post.seed,
    )
    wait_for_other_jobs(author.id)
    try:
        job = wait_until_ended(submission.submit(author.id, prompt_request, key=key))
    except Conflict:
        return None
    if job.slots[0].state != PictureState.READY:
        raise CommandError(
            f"“{post.prompt}” was not drawn: {outcome_messages.outcome_message(job)}"
        )
    picture_id = job.slots[0].id
    posts.publish(author, picture_id, caption=post.caption, tags=post.tags, alt=post.prompt)
    return str(picture_id)


def set_avatar(user_id: str, picture_id: str) -> None:
    """Make a picture their avatar, through the usual upload, unless they have one."""
    profile = profiles.get_own(user_id)
    if profile.avatar or profile.avatar_upload:
        return
    upload_id = new_id()
    original = picture_files.folder(user_id, picture_id) + picture_files.ORIGINAL
    upload = uploads.key(user_id, uploads.PICTURE, upload_id)
    bucket = storage.private()
    bucket.copy(original, bucket, upload, content_type="image/png", cache_control="no-store")
    avatars.set_from_upload(user_id, upload_id)


def wait_for_other_jobs(user_id: str) -> None:
    """Wait until nobody else has an active job, so that no one waits for a demo picture."""
    while any(
        item.pk != f"U#{user_id}"
        for shard in range(leases.SHARDS)
        for item in Job.active.query(f"a#{shard}")
    ):
        time.sleep(POLL_SECONDS)


def wait_until_ended(job: Job) -> Job:
    while not job.ended:
        time.sleep(POLL_SECONDS)
        job = jobs.get(job.user_id, job.id)
    return job
