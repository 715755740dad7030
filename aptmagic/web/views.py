"""Pages that belong to no app: running costs, and the local inbox."""

from decimal import Decimal

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from aptmagic.costs import bill
from aptmagic.errors import NotFound

MAX_VOLUME = 100_000_000


class VolumesForm(forms.Form):
    pictures = forms.IntegerField(min_value=0, max_value=MAX_VOLUME, label=_("Pictures"))
    pages = forms.IntegerField(min_value=0, max_value=MAX_VOLUME, label=_("Page views"))
    people = forms.IntegerField(min_value=0, max_value=MAX_VOLUME, label=_("Users"))
    stored_gb = forms.IntegerField(min_value=0, max_value=MAX_VOLUME, label=_("Storage (GB)"))
    stages = forms.IntegerField(min_value=1, max_value=100, label=_("Environments"))


@require_safe
def cost(request: HttpRequest) -> HttpResponse:
    """The monthly cost of running the site, for the volumes in the query string."""
    usual = bill.Volumes()
    first = {name: getattr(usual, name) for name in VolumesForm.base_fields}
    form = VolumesForm({**first, **request.GET.dict()})
    volumes = bill.Volumes(**form.cleaned_data) if form.is_valid() else usual
    context = {
        "form": form,
        "bill": bill.Bill(volumes),
        "optional": [{**each, "price": Decimal(each["price"])} for each in bill.DATA["optional"]],
        "as_of": bill.DATA["as_of"],
        "region": bill.DATA["region"],
    }
    return render(request, "costs.html", context, status=200 if form.is_valid() else 422)


def mailbox(request: HttpRequest, page: str = "index", **which: str) -> HttpResponse:
    """The local inbox, where the cloud has one. Raises NotFound on AWS."""
    if not settings.MAILBOX_URL:
        raise NotFound
    response: HttpResponse = import_string(f"aptmagic.local.mailbox.{page}")(request, **which)
    return response
