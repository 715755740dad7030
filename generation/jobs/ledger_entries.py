"""How jobs appear in their owner's ledger."""

from django.urls import reverse
from django.utils.translation import ngettext

from accounts.billing.entry_kinds import EntryKind
from accounts.billing.models import Entry


def _describe(entry: Entry) -> str:
    number = int(entry.quantity or 1)
    sentence = ngettext(
        "Image generation · %(number)s picture",
        "Image generation · %(number)s pictures",
        number,
    )
    return sentence % {"number": number}


def _url(entry: Entry) -> str:
    return reverse("generation:job", args=[entry.object_id])


IMAGE_GENERATION = EntryKind("image-generation", _describe, object_type="job", url=_url)
