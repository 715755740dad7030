"""Pages from words to pictures: ask, watch, keep."""

from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts import draft_forms
from accounts.decorators import sign_in_required
from accounts.http import SignedInRequest, UserRequest
from accounts.profiles import preferences
from accounts.redirects import redirect_to_sign_in
from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import Invalid, NotFound, Refused, SignInRequired
from aptmagic.service_backends import load_backend
from aptmagic.web import cursors
from aptmagic.web.http import require_form_methods, see_other, wants_fragment
from generation.forms import OperationForm, form_class
from generation.jobs import jobs, settlement, submission
from generation.jobs.models import Job
from generation.jobs.presenters import JobPresenter
from generation.library import picture_files, pictures, presenters, recipe_sources
from generation.operations import catalogue, registry
from generation.operations.fields import InvalidValue
from generation.operations.operation import Operation, Request

# Jobs among which the library looks for those that have not ended.
RECENT = 24
FOUND_AGAIN = gettext_noop(
    "You already have this exact picture in your library. You weren’t charged. Leave the "
    "seed empty for a new one."
)


@require_form_methods
def create(request: UserRequest, operation: str = registry.DEFAULT) -> HttpResponse:
    """The form of an operation, each at its own address."""
    asked = registry.find(operation)
    if asked is None:
        raise NotFound()
    if request.path != asked.url:
        return redirect(asked.url, permanent=True)
    if request.method == "POST":
        return submit(request, asked)
    if source := request.GET.get("from"):
        return _create_from(request, asked, source)
    restored = draft_forms.restore(request, form_class(asked))
    return _create_page(request, _new_form(request, asked, **restored))


def _create_from(request: UserRequest, asked: Operation, source: str) -> HttpResponse:
    """The form as something was made; without its seed, which would draw the same again."""
    try:
        made_with = recipe_sources.load(request.user, source)
    except SignInRequired:
        return redirect_to_sign_in(request)
    except Refused as refused:
        form = _new_form(request, asked)
        return _create_page(request, form, status=refused.status, gone=str(refused))
    if made_with.operation != asked.name and (other := registry.find(made_with.operation)):
        return redirect(f"{other.url}?{request.GET.urlencode()}")
    seed = made_with.seed
    keep_url = f"{request.path}?{urlencode({'from': source, 'seed': 'keep'}, safe=':')}"
    left_out = {"seed": seed, "keep_url": keep_url} if seed else None
    if request.GET.get("seed") == "keep":
        left_out = None
    else:
        made_with = replace(made_with, seed=None)
    form = _new_form(request, asked, **_initial(asked, made_with))
    return _create_page(request, form, source=source, left_out=left_out)


@require_form_methods
def create_from_prompt(request: UserRequest) -> HttpResponse:
    """The form with the prompt from the box on the home page. Nothing is stored."""
    if request.method != "POST":
        return redirect("generation:create")
    asked = registry.get(registry.DEFAULT)
    return _create_page(request, _new_form(request, asked, prompt=request.POST.get("prompt", "")))


@require_POST
def check_prompt(request: UserRequest) -> HttpResponse:
    """The form again, or the piece beside it, with the words that will not be drawn."""
    form = form_class(registry.get(registry.DEFAULT))(request.POST)
    checked = form.is_valid()
    preview = load_backend("PROMPT_PREVIEW")
    unknown = preview.unsupported_words(form.request) if checked else []
    if wants_fragment(request):
        return render(request, "generation/_unsupported_words.html", {"unsupported_words": unknown})
    return _create_page(
        request,
        form,
        status=200 if checked else 422,
        unsupported_words=unknown,
        checked=checked,
    )


def _new_form(request: UserRequest, asked: Operation, **filled_in: Any) -> OperationForm:
    """The form for another request, with the settings of their last one where nothing is given."""
    last = None
    if request.user.is_authenticated and not filled_in:
        last = recipe_sources.last_used(request.user.id)
    if last and last.operation == asked.name:
        filled_in = _initial(asked, last)
    defaults = {name: str(each.default or "") for name, each in asked.fields.items()}
    initial = {**defaults, "model": asked.models[0].slug, **filled_in, "key": new_id()}
    return form_class(asked)(initial={name: value for name, value in initial.items() if value})


def _initial(asked: Operation, made_with: Request) -> dict[str, str]:
    """As the form's fields say it; a value that is not offered any more is left out."""
    model = catalogue.find_model(made_with.model, asked.name)
    initial = {"model": model.slug} if model else {}
    for name, field in asked.fields_of(model).items():
        if value := getattr(made_with, name, None):
            with suppress(InvalidValue):
                initial[name] = str(field.clean(value))
    return initial


@draft_forms.sign_in_required_keeping_draft(newcomers=True)
def submit(request: SignedInRequest, asked: Operation) -> HttpResponse:
    form = form_class(asked)(request.POST)
    if not form.is_valid():
        return _create_page(request, form, status=422)
    # The form's key with what was asked for: a second click makes nothing new, and someone who
    # goes back and changes the prompt asks for something else.
    key = f"{form.cleaned_data['key']}-{form.request.digest[:32]}"
    try:
        job = submission.submit(request.user.id, form.request, key=key)
    except Invalid as refused:
        form.add_error(None if not refused.fields else next(iter(refused.fields)), str(refused))
        return _create_page(request, form, status=refused.status)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _create_page(request, form, status=refused.status)
    return _see_job(request, job)


def _create_page(
    request: HttpRequest, form: OperationForm, status: int = 200, **more: Any
) -> HttpResponse:
    asked = form.operation
    context = {
        **more,
        "form": form,
        "operation": asked,
        "models": asked.models,
        "fields": [(form[name], field) for name, field in asked.fields.items()],
        "aspects": [(name, name, *size) for name, size in catalogue.load().aspect_ratios.items()],
        "styles": list(catalogue.styles().items()),
        "can_check": asked.name == registry.DEFAULT and load_backend("PROMPT_PREVIEW").available,
    }
    return render(request, asked.template, context, status=status)


@require_safe
@sign_in_required
def job(request: SignedInRequest, job_id: str) -> HttpResponse:
    found = jobs.get(request.user.id, job_id)
    jobs.mark_seen(found)
    view = JobPresenter(found)
    template = "generation/_job_update.html" if wants_fragment(request) else "generation/job.html"
    return render(request, template, {"job": view})


@require_POST
@sign_in_required
def cancel(request: SignedInRequest, job_id: str) -> HttpResponse:
    return _job_update(request, settlement.cancel(request.user.id, job_id))


@require_POST
@sign_in_required
def retry(request: SignedInRequest, job_id: str) -> HttpResponse:
    return _see_job(request, submission.retry(request.user.id, job_id))


def _see_job(request: HttpRequest, job: Job) -> HttpResponse:
    if job.reused:
        messages.info(request, _(FOUND_AGAIN))
    return see_other(JobPresenter(job).url)


def _job_update(request: UserRequest, found: Job) -> HttpResponse:
    view = JobPresenter(found)
    if wants_fragment(request):
        return render(request, "generation/_job_update.html", {"job": view})
    return see_other(view.url)


@require_safe
@sign_in_required
def library(request: SignedInRequest) -> HttpResponse:
    before = cursors.read_from_page(request, "library")
    page = pictures.list_pictures(request.user.id, before=before)
    context: dict[str, Any] = {
        "stacks": presenters.group_by_job(page.items),
        "older_url": _older(request, page.next),
        "first_page": before is None,
        "running": [] if before else _running(request.user.id),
    }
    piece = "generation/_library_page.html"
    return render(request, piece if wants_fragment(request) else "generation/library.html", context)


def _running(user_id: str) -> list[JobPresenter]:
    """The user's live jobs, so that they find one again after leaving its page."""
    page = jobs.recent(user_id, limit=RECENT)
    return [JobPresenter(job) for job in page.items if not job.ended]


def _older(request: UserRequest, position: str | None) -> str | None:
    if position is None:
        return None
    return f"?before={cursors.sign('library', request.user.id, position)}"


@require_safe
@sign_in_required
def picture(request: SignedInRequest, picture_id: str) -> HttpResponse:
    found = pictures.get_own(request.user.id, picture_id)
    view = presenters.PicturePresenter.from_picture(found)
    return render(request, "generation/picture.html", {"picture": view})


@require_safe
@sign_in_required
def download(request: SignedInRequest, picture_id: str) -> HttpResponse:
    """The file itself; with its recipe inside where they ask for it, or usually have it so."""
    found = pictures.get_own(request.user.id, picture_id)
    copy = request.GET.get("copy")
    if copy not in picture_files.COPIES:
        usual = preferences.load(request.user.id).recipe_in_downloads
        copy = picture_files.WORK if usual else picture_files.SHARE
    return see_other(picture_files.download_url(found, copy))


@require_form_methods
@sign_in_required
def delete(request: SignedInRequest, picture_id: str) -> HttpResponse:
    if request.method == "POST":
        pictures.delete(request.user.id, picture_id)
        messages.success(request, _("Picture deleted."))
        return redirect("generation:library")
    found = pictures.get_own(request.user.id, picture_id)
    view = presenters.PicturePresenter.from_picture(found)
    return render(request, "generation/delete.html", {"picture": view})
