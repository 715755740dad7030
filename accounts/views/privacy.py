"""Settings pages for data: export, import and account deletion."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import cookies
from accounts.decorators import sign_in_required
from accounts.http import SignedInRequest
from accounts.identity import sessions
from accounts.privacy import account_deletion, exports, imports
from accounts.profiles import confirmation, profiles
from accounts.views import reauthentication
from accounts.views.reauthentication import (
    live_session_required,
    reauthentication_required,
    session_required,
)
from aptmagic.errors import Invalid
from aptmagic.web.csp import allow_upload_form
from aptmagic.web.http import require_form_methods, see_other


@never_cache
@require_safe
@sign_in_required
def overview(request: SignedInRequest) -> HttpResponse:
    me = request.user.id
    latest = imports.latest(me)
    context = {
        "data_import": imports.view(latest) if latest else None,
        "exports": [exports.view(each) for each in exports.list_exports(me)],
        "deletes_at": profiles.get_own(me).deletes_at,
    }
    return render(request, "accounts/settings/data.html", context)


@never_cache
@require_POST
@sign_in_required
def request_export(request: SignedInRequest) -> HttpResponse:
    exports.start(request.user.id)
    return see_other("settings:data")


@never_cache
@require_safe
@sign_in_required
def export(request: SignedInRequest, archive_id: str) -> HttpResponse:
    """The fragment that polls an export; without htmx, redirects to the page."""
    found = exports.get(request.user.id, archive_id)
    if not request.htmx:
        return see_other("settings:data")
    return render(
        request, "accounts/settings/_export_progress.html", {"export": exports.view(found)}
    )


@never_cache
@require_safe
@session_required
def download(request: SignedInRequest, archive_id: str, part: int) -> HttpResponse:
    """Redirect to a presigned URL, after a reauthentication.

    A download leaves the page as it is, so reauthenticating returns to the page and not here.
    """
    if not sessions.recently_authenticated(request.user):
        return reauthentication.redirect_to_reauthentication(request, back=reverse("settings:data"))
    return HttpResponseRedirect(exports.download_url(request.user.id, archive_id, part - 1))


@never_cache
@require_safe
@sign_in_required
@allow_upload_form
def import_archive(request: SignedInRequest) -> HttpResponse:
    """A form that uploads to S3, which redirects the browser to `import_progress`."""
    return _import_page(request)


@never_cache
@require_safe
@live_session_required
@allow_upload_form
def import_progress(request: SignedInRequest, upload_id: str) -> HttpResponse:
    """The progress of an import; the page polls until the worker has finished."""
    if request.GET:
        return see_other(request.path)  # without the parameters that S3 adds
    try:
        started = imports.view(imports.start(request.user.id, upload_id))
    except Invalid as unfit:
        return _import_page(request, str(unfit))
    if request.htmx:
        return render(request, "accounts/settings/_import.html", {"data_import": started})
    return render(request, "accounts/settings/data_import_progress.html", {"data_import": started})


@never_cache
@require_form_methods
@reauthentication_required
def delete_account(request: SignedInRequest) -> HttpResponse:
    me = request.user.id
    if request.method != "POST":
        context = {
            "days": settings.ACCOUNT_DELETION_DAYS,
            "years": confirmation.MAILBOX_MARKER_LASTS.days // 365,
            "deletes_at": profiles.get_own(me).deletes_at,
        }
        return render(request, "accounts/settings/data_delete.html", context)
    day = date_format(account_deletion.request(me), "DATE_FORMAT")
    sessions.end_all(me)
    sentence = _(
        "Your account is hidden and will be deleted on %(day)s. To keep it, sign in before then."
    )
    messages.success(request, sentence % {"day": day})
    response = see_other("/")
    cookies.delete_session(response)
    return response


@never_cache
@require_POST
@sign_in_required
def keep_account(request: SignedInRequest) -> HttpResponse:
    account_deletion.cancel(request.user.id)
    messages.success(request, _("Welcome back. Nothing was deleted."))
    response = see_other("settings:data")
    person = sessions.with_profile(request.user, profiles.get_own(request.user.id))
    cookies.set_session(response, person)
    return response


def _import_page(request: SignedInRequest, unfit: str = "") -> HttpResponse:
    context = {
        "upload_form": imports.upload_form(request.user.id),
        "most": imports.MAX_BYTES,
        "unfit": unfit,
    }
    status = 422 if unfit else 200
    return render(request, "accounts/settings/data_import.html", context, status=status)
