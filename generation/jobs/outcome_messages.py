"""How a job ended, as a sentence in the active language. Items store facts only."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.jobs.models import Job, PictureState, Slot


def outcome_message(job: Job) -> str:
    """What happened, what was charged, what to do next. Empty for a live job and a complete one."""
    said: dict[str, Callable[[Job], str]] = {
        "refused": _refused,
        "partial": _partial,
        "failed": lambda job: _(
            "The model didn’t respond in time. You weren’t charged. Try again in a minute."
        ),
        "cancelled": _cancelled,
        "gone": lambda job: _(
            "This model is no longer available. You weren’t charged. Choose another one."
        ),
        "unsupported": lambda job: _(
            "This can’t be generated right now. You weren’t charged. Try again later."
        ),
        "owned": lambda job: _(
            "You already have this exact picture in your library. You weren’t charged."
        ),
    }
    sentence = said.get(job.outcome or "")
    return sentence(job) if sentence else ""


def failure_reason(slot: Slot) -> str:
    """Why a picture was refused or failed, in the active language; empty if unknown."""
    return _(slot.reason) if slot.reason else ""


def _refused(job: Job) -> str:
    nothing = _("You weren’t charged. Change your prompt and try again.")
    return f"{_why(job)} {nothing}"


def _partial(job: Job) -> str:
    came = _("Finished %(came)s of %(asked)s pictures.")
    said = [came % {"came": _came(job), "asked": len(job.slots)}, _why(job), _charged(job)]
    return " ".join(filter(None, said))


def _cancelled(job: Job) -> str:
    if not _came(job):
        return _("Cancelled. You weren’t charged.")
    finished = ngettext(
        "Cancelled. %(came)s of %(asked)s pictures was already finished and is in your library.",
        "Cancelled. %(came)s of %(asked)s pictures were already finished and are in your library.",
        _came(job),
    )
    return f"{finished % {'came': _came(job), 'asked': len(job.slots)}} {_charged(job)}"


def _came(job: Job) -> int:
    """How many pictures were finished, including any deleted since."""
    return sum(slot.state in (PictureState.READY, PictureState.GONE) for slot in job.slots)


def _charged(job: Job) -> str:
    said = ngettext(
        "%(n)s credit charged.",
        "%(n)s credits charged.",
        int(job.charged),
    )
    return said % {"n": int(job.charged)}


def _why(job: Job) -> str:
    return next(filter(None, map(failure_reason, job.slots)), "")
