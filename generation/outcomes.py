"""How a job ended, in sentences of the reader's language: items keep facts, and no sentences."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.models import Job, Slot


def sentence(job: Job) -> str:
    """What happened, what was charged, what next. Empty while it goes on, and when all came."""
    said = {
        "refused": _refused,
        "partial": _partial,
        "failed": lambda job: _(
            "The model did not answer in time. 0 credits were charged. Try again in a minute."
        ),
        "cancelled": lambda job: _("Cancelled; 0 credits charged."),
        "gone": lambda job: _(
            "This model is no longer offered. 0 credits were charged; choose another one."
        ),
        "owned": lambda job: _(
            "You own exactly this picture already. 0 credits were charged; it is in your library."
        ),
    }.get(job.outcome or "")
    return said(job) if said else ""


def reason(slot: Slot) -> str:
    """Why a picture did not come, as whoever declined it says."""
    return _(slot.reason) if slot.reason else ""


def _refused(job: Job) -> str:
    nothing = _("0 credits were charged. Change the words and try again.")
    return f"{_why(job)} {nothing}"


def _partial(job: Job) -> str:
    asked, charged = len(job.slots), int(job.charged)
    came = charged * asked // int(job.held)
    parts = [
        _("%(came)s of %(asked)s pictures came.") % {"came": came, "asked": asked},
        _why(job),
        ngettext(
            "You were charged %(n)s credit, for these only.",
            "You were charged %(n)s credits, for these only.",
            charged,
        )
        % {"n": charged},
    ]
    return " ".join(filter(None, parts))


def _why(job: Job) -> str:
    return next(filter(None, map(reason, job.slots)), "")
