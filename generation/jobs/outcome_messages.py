"""How a job ended, in sentences of the reader's language: items keep facts, and no sentences."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.jobs.models import Job, PictureState, Slot


def outcome_message(job: Job) -> str:
    """What happened, what was charged, what next. Empty while it goes on, and when all came."""
    said = {
        "refused": _refused,
        "partial": _partial,
        "failed": lambda job: _(
            "The model did not answer in time. 0 credits were charged. Try again in a minute."
        ),
        "cancelled": _cancelled,
        "gone": lambda job: _(
            "This model is no longer offered. 0 credits were charged; choose another one."
        ),
        "owned": lambda job: _(
            "You own exactly this picture already. 0 credits were charged; it is in your library."
        ),
    }.get(job.outcome or "")
    return said(job) if said else ""


def failure_reason(slot: Slot) -> str:
    """Why a picture did not come, as whoever declined it says."""
    return _(slot.reason) if slot.reason else ""


def _refused(job: Job) -> str:
    nothing = _("0 credits were charged. Change the words and try again.")
    return f"{_why(job)} {nothing}"


def _partial(job: Job) -> str:
    came = _("%(came)s of %(asked)s pictures came.")
    said = [came % {"came": _came(job), "asked": len(job.slots)}, _why(job), _charged(job)]
    return " ".join(filter(None, said))


def _cancelled(job: Job) -> str:
    if not _came(job):
        return _("Cancelled; 0 credits charged.")
    finished = ngettext(
        "Cancelled. %(came)s of %(asked)s pictures was ready by then and is in your library.",
        "Cancelled. %(came)s of %(asked)s pictures were ready by then and are in your library.",
        _came(job),
    )
    return f"{finished % {'came': _came(job), 'asked': len(job.slots)}} {_charged(job)}"


def _came(job: Job) -> int:
    """How many pictures it has brought, those included that were deleted since."""
    return sum(slot.state in (PictureState.READY, PictureState.GONE) for slot in job.slots)


def _charged(job: Job) -> str:
    said = ngettext(
        "You were charged %(n)s credit, for these only.",
        "You were charged %(n)s credits, for these only.",
        int(job.charged),
    )
    return said % {"n": int(job.charged)}


def _why(job: Job) -> str:
    return next(filter(None, map(failure_reason, job.slots)), "")
