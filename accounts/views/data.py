"""Your data: take it along, bring it back, or leave with it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import profiles, sessions
from accounts.people import sign_in_required
from accounts.rights import archives, intakes, leaving
from accounts.views import answers, proof
from accounts.views.proof import live_session_required, proof_required, session_required
from aptmagic.errors import Invalid
from aptmagic.http import sends_files


@never_cache
@require_safe
@sign_in_required
def overview(request: HttpRequest) -> HttpResponse:
    me = request.user.id
    intake = intakes.latest(me)
    context = {
        "intake": intakes.view(intake) if intake else None,
        "archives": [archives.view(each) for each in archives.of(me)],
        "leaving_at": profiles.own(me).leaving_at,
    }
    return render(request, "accounts/settings/data.html", context)


@never_cache
@require_POST
@sign_in_required
def ask(request: HttpRequest) -> HttpResponse:
    archives.ask(request.user.id)
    return answers.go("settings:data")


@never_cache
@require_safe
@sign_in_required
def archive(request: HttpRequest, archive_id: str) -> HttpResponse:
    """The piece that watches an archive being made; a page's link leads to the whole page."""
    found = archives.get(request.user.id, archive_id)
    if not request.htmx:
        return answers.go("settings:data")
    return render(request, "accounts/settings/_archive_now.html", {"archive": archives.view(found)})


@never_cache
@require_safe
@session_required
def download(request: HttpRequest, archive_id: str, part: int) -> HttpResponse:
    """To an address that is good for some minutes, made for whoever has just shown who they are.

    A file leaves the page as it was, so who has to show it comes back to the page before.
    """
    if not sessions.proved(request.user):
        return proof.ask(request, back=reverse("settings:data"))
    return HttpResponseRedirect(archives.address(request.user.id, archive_id, part - 1))


@never_cache
@require_safe
@sign_in_required
@sends_files
def bring(request: HttpRequest) -> HttpResponse:
    """A form that goes to S3, which sends the browser on to `brought`."""
    return _bring(request)


@never_cache
@require_safe
@live_session_required
@sends_files
def brought(request: HttpRequest, upload_id: str) -> HttpResponse:
    """What becomes of what was sent: the page asks until the worker is through."""
    if request.GET:
        return answers.go(request.path)  # S3 adds what it knows of the file
    try:
        intake = intakes.view(intakes.begin(request.user.id, upload_id))
    except Invalid as unfit:
        return _bring(request, str(unfit))
    if request.htmx:
        return render(request, "accounts/settings/_intake.html", {"intake": intake})
    return render(request, "accounts/settings/data_brought.html", {"intake": intake})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@proof_required
def leave(request: HttpRequest) -> HttpResponse:
    me = request.user.id
    if request.method != "POST":
        context = {
            "days": settings.LEAVING_DAYS,
            "years": profiles.MAILBOX_IS_REMEMBERED.days // 365,
            "leaving_at": profiles.own(me).leaving_at,
        }
        return render(request, "accounts/settings/data_leave.html", context)
    day = date_format(leaving.leave(me), "DATE_FORMAT")
    sessions.end_all(me)
    sentence = _(
        "Your account is hidden and will be erased on %(day)s. Until then you can sign in and stay."
    )
    messages.success(request, sentence % {"day": day})
    response = answers.go("/")
    sessions.forget(response)
    return response


@never_cache
@require_POST
@sign_in_required
def stay(request: HttpRequest) -> HttpResponse:
    leaving.stay(request.user.id)
    messages.success(request, _("Welcome back. Nothing was deleted."))
    response = answers.go("settings:data")
    person = sessions.told(request.user, profiles.own(request.user.id))
    sessions.remember(response, person)
    return response


def _bring(request: HttpRequest, unfit: str = "") -> HttpResponse:
    context = {"offer": intakes.offer(request.user.id), "most": intakes.MOST, "unfit": unfit}
    status = 422 if unfit else 200
    return render(request, "accounts/settings/data_bring.html", context, status=status)
