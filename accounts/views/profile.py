"""Settings of the profile: words, handle and picture."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import avatars, drafts, faces, profiles, sessions
from accounts.forms.profile import HandleForm, ProfileForm
from accounts.models import Profile
from accounts.people import sign_in_required
from accounts.views import answers
from accounts.views.proof import live_session_required
from aptmagic import uploads
from aptmagic.dynamo import now
from aptmagic.errors import Refused
from aptmagic.http import sends_files
from aptmagic.uploads import Unfit

GET_OR_POST = ["GET", "HEAD", "POST"]


@never_cache
@require_http_methods(GET_OR_POST)
@drafts.keeps_words()
def edit(request: HttpRequest) -> HttpResponse:
    profile = profiles.own(request.user.id)
    initial = {**ProfileForm.of(profile), **drafts.restored(request, ProfileForm)}
    form = ProfileForm(request.POST or None, initial=initial)
    about: dict[str, Any] = {"profile": profile, "face": faces.url(profile.avatar, faces.LARGE)}
    if not form.is_valid():
        return answers.page(request, "settings/profile", form, **about)
    try:
        changed = profiles.describe(request.user.id, **form.cleaned_data)
    except Refused as refused:
        return answers.page(request, "settings/profile", form, refused, **about)
    messages.success(request, _("Saved."))
    return _as_now(request, answers.go("settings:profile"), changed)


@never_cache
@require_http_methods(GET_OR_POST)
@drafts.keeps_words()
def handle(request: HttpRequest) -> HttpResponse:
    profile = profiles.own(request.user.id)
    form = HandleForm(request.POST or None, initial=drafts.restored(request, HandleForm))
    again = profiles.renamed_again_at(profile)
    about: dict[str, Any] = {"profile": profile, "again": again if again > now() else None}
    if not form.is_valid():
        return answers.page(request, "settings/profile_handle", form, **about)
    try:
        changed = profiles.rename(request.user.id, form.cleaned_data["handle"])
    except Refused as refused:
        return answers.page(request, "settings/profile_handle", form, refused, **about)
    messages.success(request, _("You are @%(handle)s now.") % {"handle": changed.handle})
    return _as_now(request, answers.go("settings:profile"), changed)


@never_cache
@require_safe
@sign_in_required
@sends_files
def picture(request: HttpRequest) -> HttpResponse:
    """A form that goes to S3, which sends the browser on to `arrived`."""
    profile = profiles.own(request.user.id)
    return _picture(request, profile)


@never_cache
@require_safe
@live_session_required
@sends_files
def arrived(request: HttpRequest, upload_id: str) -> HttpResponse:
    """What became of what was sent: the page asks until the worker has made it."""
    try:
        profile = avatars.wish(request.user.id, upload_id)
    except Unfit as unfit:
        return _picture(request, profiles.own(request.user.id), str(unfit))
    if request.htmx:
        return _still_waiting(request, profile, upload_id)
    if profile.avatar == upload_id:
        messages.success(request, _("This is your picture now."))
        return _as_now(request, answers.go("settings:profile"), profile)
    if profile.avatar_unfit:
        return _picture(request, profile, str(uploads.UNFIT[profile.avatar_unfit]))
    return render(request, "accounts/settings/profile_arrived.html", {"url": request.path})


@never_cache
@require_POST
@sign_in_required
def picture_off(request: HttpRequest) -> HttpResponse:
    profile = avatars.remove(request.user.id)
    messages.success(request, _("Your picture is gone. Copies elsewhere go within a minute."))
    return _as_now(request, answers.go("settings:profile"), profile)


def _picture(request: HttpRequest, profile: Profile, unfit: str = "") -> HttpResponse:
    offer = uploads.offer(
        profile.user_id,
        uploads.PICTURE,
        back=lambda upload_id: reverse("settings:picture_arrived", args=[upload_id]),
    )
    context = {
        "offer": offer,
        "accept": uploads.ACCEPT,
        "profile": profile,
        "face": faces.url(profile.avatar, faces.LARGE),
        "unfit": unfit,
    }
    return render(
        request, "accounts/settings/profile_picture.html", context, status=422 if unfit else 200
    )


def _still_waiting(request: HttpRequest, profile: Profile, upload_id: str) -> HttpResponse:
    """The piece that asks again, until there is something to say, which the whole page does."""
    if profile.avatar == upload_id or profile.avatar_unfit:
        return HttpResponseClientRedirect(request.path)
    return render(request, "accounts/settings/_arrived.html", {"url": request.path})


def _as_now(request: HttpRequest, response: HttpResponse, profile: Profile) -> HttpResponse:
    """Their cookie says what they are called and look like, so it is written anew."""
    sessions.remember(response, sessions.told(request.user, profile))
    return response
