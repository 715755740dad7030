"""Settings pages of the profile: text, handle and avatar."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import avatar_urls, cookies, draft_forms
from accounts.decorators import sign_in_required
from accounts.forms.profile import HandleForm, ProfileForm
from accounts.http import SignedInRequest
from accounts.identity import sessions
from accounts.profiles import avatars, profiles, renaming
from accounts.profiles.models import Profile
from accounts.views import form_responses
from accounts.views.reauthentication import live_session_required
from aptmagic.aws import uploads
from aptmagic.aws.dynamodb import now
from aptmagic.aws.uploads import Rejected
from aptmagic.errors import Refused
from aptmagic.web.csp import allow_upload_form
from aptmagic.web.http import require_form_methods, see_other


@never_cache
@require_form_methods
@draft_forms.sign_in_required_keeping_draft()
def edit(request: SignedInRequest) -> HttpResponse:
    profile = profiles.get_own(request.user.id)
    initial = {**ProfileForm.of(profile), **draft_forms.restore(request, ProfileForm)}
    form = ProfileForm(request.POST or None, initial=initial)
    about: dict[str, Any] = {
        "profile": profile,
        "avatar_url": avatar_urls.url(profile.avatar, avatar_urls.LARGE),
    }
    if not form.is_valid():
        return form_responses.form_page(request, "settings/profile", form, **about)
    try:
        changed = profiles.update_text(request.user.id, **form.cleaned_data)
    except Refused as refused:
        return form_responses.form_page(request, "settings/profile", form, refused, **about)
    messages.success(request, _("Saved."))
    return _with_new_cookie(request, see_other("settings:profile"), changed)


@never_cache
@require_form_methods
@draft_forms.sign_in_required_keeping_draft()
def handle(request: SignedInRequest) -> HttpResponse:
    profile = profiles.get_own(request.user.id)
    form = HandleForm(request.POST or None, initial=draft_forms.restore(request, HandleForm))
    again = renaming.next_rename_at(profile)
    about: dict[str, Any] = {"profile": profile, "again": again if again > now() else None}
    if not form.is_valid():
        return form_responses.form_page(request, "settings/profile_handle", form, **about)
    try:
        changed = renaming.rename(request.user.id, form.cleaned_data["handle"])
    except Refused as refused:
        return form_responses.form_page(request, "settings/profile_handle", form, refused, **about)
    messages.success(request, _("Handle changed to @%(handle)s.") % {"handle": changed.handle})
    return _with_new_cookie(request, see_other("settings:profile"), changed)


@never_cache
@require_safe
@sign_in_required
@allow_upload_form
def avatar(request: SignedInRequest) -> HttpResponse:
    """A form that uploads to S3, which redirects the browser to `avatar_progress`."""
    profile = profiles.get_own(request.user.id)
    return _avatar_page(request, profile)


@never_cache
@require_safe
@live_session_required
@allow_upload_form
def avatar_progress(request: SignedInRequest, upload_id: str) -> HttpResponse:
    """Whether an upload has become the avatar; the page polls until the worker has finished."""
    try:
        profile = avatars.set_from_upload(request.user.id, upload_id)
    except Rejected as unfit:
        return _avatar_page(request, profiles.get_own(request.user.id), str(unfit))
    if request.htmx:
        return _progress_fragment(request, profile, upload_id)
    if profile.avatar == upload_id:
        messages.success(request, _("Profile photo updated."))
        return _with_new_cookie(request, see_other("settings:profile"), profile)
    if profile.avatar_rejection:
        return _avatar_page(
            request, profile, str(uploads.REJECTION_REASONS[profile.avatar_rejection])
        )
    return render(request, "accounts/settings/profile_avatar_progress.html", {"url": request.path})


@never_cache
@require_POST
@sign_in_required
def remove_avatar(request: SignedInRequest) -> HttpResponse:
    profile = avatars.remove(request.user.id)
    messages.success(
        request, _("Profile photo removed. It may take a minute to disappear everywhere.")
    )
    return _with_new_cookie(request, see_other("settings:profile"), profile)


def _avatar_page(request: HttpRequest, profile: Profile, unfit: str = "") -> HttpResponse:
    upload_form = uploads.create_form(
        profile.user_id,
        uploads.PICTURE,
        redirect_path=lambda upload_id: reverse("settings:avatar_progress", args=[upload_id]),
    )
    context = {
        "upload_form": upload_form,
        "accept": uploads.ACCEPTED_TYPES,
        "profile": profile,
        "avatar_url": avatar_urls.url(profile.avatar, avatar_urls.LARGE),
        "unfit": unfit,
    }
    return render(
        request, "accounts/settings/profile_avatar.html", context, status=422 if unfit else 200
    )


def _progress_fragment(request: HttpRequest, profile: Profile, upload_id: str) -> HttpResponse:
    """The fragment that polls; redirects to the whole page when there is a result."""
    if profile.avatar == upload_id or profile.avatar_rejection:
        return HttpResponseClientRedirect(request.path)
    return render(request, "accounts/settings/_avatar_progress.html", {"url": request.path})


def _with_new_cookie(
    request: SignedInRequest, response: HttpResponse, profile: Profile
) -> HttpResponse:
    """The session cookie holds the name and avatar, so a change sets a new one."""
    cookies.set_session(response, sessions.with_profile(request.user, profile))
    return response
