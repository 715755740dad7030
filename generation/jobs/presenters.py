"""A job as its page, its fragment and the API show it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from aptmagic import polling
from aptmagic.aws.dynamodb import now
from aptmagic.images.thumbhash import placeholder
from generation.jobs import concurrency, outcome_messages, submission
from generation.jobs.models import Job, JobState, PictureState, Slot
from generation.library import picture_files, recipe_sources
from generation.operations import catalogue, registry, stored_requests

UNKNOWN_SIDE = 1024  # pixels, of a picture whose size only the service knows
# The API returns these codes; pages translate them.
WAITING = gettext_noop("Waiting")
STAGES = (
    gettext_noop("Queued"),
    gettext_noop("Drawing"),
    gettext_noop("Checking"),
    gettext_noop("Saving"),
    gettext_noop("Done"),
)
QUEUED, DRAWING, CHECKING, SAVING, DONE = STAGES
# How a job ended, for the title of its page; while it runs, its stage says more.
ENDINGS = {
    JobState.PARTIAL: gettext_noop("Partly finished"),
    JobState.FAILED: gettext_noop("Failed"),
    JobState.CANCELLED: gettext_noop("Cancelled"),
}


@dataclass(frozen=True)
class JobPicture:
    """One picture of a job. Its shape is a square until the size is known."""

    id: str
    number: int
    seed: int
    state: str
    width: int
    height: int
    size_known: bool
    placeholder: str
    thumbhash: str
    sources: picture_files.Sources | None
    url: str | None
    reason: str

    @property
    def ready(self) -> bool:
        return self.state == PictureState.READY


class JobPresenter:
    """What a job's owner sees of it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.id: str = job.id
        self.ended: bool = job.ended
        self.request = stored_requests.load(job.request)
        self.operation = registry.find(self.request.operation)
        self.prompt: str = self.request.prompt
        self.credits_held = 0 if job.ended else int(job.held)
        self.charged = int(job.charged)
        self.outcome = outcome_messages.outcome_message(job)
        self.kind: str = job.outcome or ""
        self.created_at: datetime = job.created_at
        self.can_cancel = not job.ended
        self.can_retry = bool(
            job.state in (JobState.FAILED, JobState.PARTIAL, JobState.CANCELLED)
            and self.model
            and not job.existing
            and stored_requests.can_draw(job.request)
        )

    @property
    def url(self) -> str:
        return reverse("generation:job", args=[self.id])

    @property
    def create_url(self) -> str:
        """The Create page with the same settings."""
        return recipe_sources.create_url("job", self.id)

    @property
    def existing_url(self) -> str | None:
        """The earlier job with the same pictures, if this one was refused because of it."""
        found = self.job.existing
        return reverse("generation:job", args=[found]) if found else None

    @property
    def retry_credits(self) -> int:
        """Credits for retrying: only the missing pictures count."""
        if not self.can_retry or self.operation is None:
            return 0
        return self.operation.credits(submission.remaining_request(self.job))

    @property
    def state(self) -> str:
        """The API's state: a waiting job is queued."""
        return str(JobState.QUEUED if self.job.state == JobState.WAITING else self.job.state)

    @cached_property
    def model(self) -> catalogue.ImageModel | None:
        """None for a model that is no longer in the catalogue."""
        return catalogue.find_model(self.request.model, self.request.operation)

    @property
    def label(self) -> str:
        """The operation's name; empty for Create."""
        if self.request.operation == registry.DEFAULT:
            return ""
        return _(self.operation.label) if self.operation else self.request.operation

    @property
    def title(self) -> str:
        return self.prompt or self.label

    @property
    def usual_seconds(self) -> int:
        return self.model.usual_seconds if self.model else 0

    @cached_property
    def place(self) -> int | None:
        """How many of the owner's jobs come first; None unless it is waiting."""
        return concurrency.queue_position(self.job) if self.job.state == JobState.WAITING else None

    @property
    def elapsed_seconds(self) -> int:
        return int(self._age)

    @property
    def _age(self) -> float:
        end = self.job.ended_at or now()
        return max(0.0, (end - (self.job.started_at or self.job.created_at)).total_seconds())

    @property
    def stage(self) -> str:
        if self.job.state == JobState.WAITING:
            return WAITING
        if self.ended:
            return DONE
        if self.job.state == JobState.QUEUED:
            return QUEUED
        states = {slot.state for slot in self.job.slots}
        if states & {PictureState.WAITING, PictureState.DRAWING}:
            return DRAWING
        return CHECKING if PictureState.STORED in states else SAVING

    @property
    def heading(self) -> str:
        """The step it is in, or its outcome."""
        return ENDINGS.get(JobState(self.job.state), self.stage)

    @property
    def complete(self) -> bool:
        """Whether it went through every stage."""
        return self.job.state in (JobState.READY, JobState.PARTIAL)

    @property
    def poll_after_ms(self) -> int:
        return polling.poll_after_ms(self.created_at)

    @cached_property
    def pictures(self) -> list[JobPicture]:
        return [self._picture(slot) for slot in self.job.slots]

    @property
    def kept(self) -> list[JobPicture]:
        return [picture for picture in self.pictures if picture.ready]

    def _picture(self, slot: Slot) -> JobPicture:
        ready = slot.state == PictureState.READY
        width, height = (int(side) if side else UNKNOWN_SIDE for side in (slot.width, slot.height))
        return JobPicture(
            id=slot.id,
            number=int(slot.number),
            seed=int(slot.seed),
            state=_said(slot, ready=ready, ended=self.ended),
            width=width,
            height=height,
            size_known=slot.width is not None,
            placeholder=placeholder(slot.thumbhash) if slot.thumbhash else "",
            thumbhash=slot.thumbhash or "",
            sources=picture_files.private_sources(self.job.user_id, slot.id, width, height)
            if ready
            else None,
            url=reverse("generation:picture", args=[slot.id]) if ready and self.ended else None,
            reason=outcome_messages.failure_reason(slot),
        )


def _said(slot: Slot, *, ready: bool, ended: bool) -> str:
    """A picture's state in the API's words: waiting, drawing, ready, refused, failed, gone."""
    if ready or slot.state in (PictureState.REFUSED, PictureState.GONE):
        return str(slot.state)
    if ended:
        return str(PictureState.FAILED)
    return str(
        PictureState.DRAWING
        if slot.state in (PictureState.STORED, PictureState.READY)
        else slot.state
    )
