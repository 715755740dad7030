"""Pages from words to pictures: ask, watch, keep."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.current_user import redirect_to_sign_in, sign_in_required
from accounts.http import SignedInRequest, UserRequest
from accounts.identity import form_drafts
from accounts.profiles import preferences
from aptmagic.aws.dynamodb import new_id
from aptmagic.backends import load_backend
from aptmagic.errors import Refused, SignInRequired
from aptmagic.web import cursors
from aptmagic.web.http import require_form_methods, see_other, wants_fragment
from generation.forms import COUNTS, PromptForm
from generation.jobs import jobs, settlement, submission
from generation.jobs.models import Job
from generation.jobs.presenters import JobPresenter
from generation.library import picture_files, pictures, presenters, recipe_sources
from generation.operations import catalogue

# Jobs among which the library looks for those at work.
RECENT = 24
DEFAULTS = {"model": "fast", "aspect_ratio": "1:1", "count": "1"}
OFFERED = {
    "aspect_ratio": list(catalogue.ASPECT_RATIOS),
    "style_preset": list(catalogue.STYLES),
    "count": [said for _, said in COUNTS],
}
FOUND_AGAIN = gettext_noop(
    "You already have this picture: same prompt, settings and seed. 0 credits charged. Leave the "
    "seed empty for a new one."
)


@require_form_methods
def create(request: UserRequest) -> HttpResponse:
    if request.method == "POST":
        return submit(request)
    if source := request.GET.get("from"):
        return _create_from(request, source)
    return _create_page(request, _blank(request, **form_drafts.restore(request, PromptForm)))


def _create_from(request: UserRequest, source: str) -> HttpResponse:
    """The form as something was made; without its seed, which would draw the same again."""
    try:
        made_with = recipe_sources.load(request.user, source)
    except SignInRequired:
        return redirect_to_sign_in(request)
    except Refused as refused:
        return _create_page(request, _blank(request), status=refused.status, gone=str(refused))
    seed = made_with.pop("seed", None)
    if seed and request.GET.get("seed") == "keep":
        made_with["seed"], seed = seed, None
    again = f"{request.path}?{urlencode({'from': source, 'seed': 'keep'}, safe=':')}"
    left_out = {"seed": seed, "keep_url": again} if seed else None
    form = _blank(request, **_offered(made_with))
    return _create_page(request, form, source=source, left_out=left_out)


@require_form_methods
def create_from_prompt(request: UserRequest) -> HttpResponse:
    """The form with words from the box on the first page. Nothing is made, and nothing kept."""
    if request.method != "POST":
        return redirect("generation:create")
    return _create_page(request, _blank(request, prompt=request.POST.get("prompt", "")))


@require_POST
def check_prompt(request: UserRequest) -> HttpResponse:
    """The form again, or the piece beside it, with the words that will not be drawn."""
    form = PromptForm(request.POST)
    unknown = (
        load_backend("PROMPT_PREVIEW").unsupported_words(form.request) if form.is_valid() else []
    )
    if wants_fragment(request):
        return render(request, "generation/_unsupported_words.html", {"unsupported_words": unknown})
    checked = form.is_valid()
    return _create_page(
        request, form, status=200 if checked else 422, unsupported_words=unknown, checked=checked
    )


def _blank(request: UserRequest, **filled_in: Any) -> PromptForm:
    """The form for another request, with the settings of their last one but for what is given."""
    last = (
        recipe_sources.last_used(request.user.id)
        if request.user.is_authenticated and not filled_in
        else {}
    )
    return PromptForm(initial={**DEFAULTS, **_offered(last), **filled_in, "key": new_id()})


def _offered(made_with: dict[str, Any]) -> dict[str, str]:
    """As the form's fields say it; a choice that we do not offer any more is left out."""
    said = {name: str(value) for name, value in made_with.items()}
    slugs = {name: model.slug for model in catalogue.MODELS for name in (model.id, model.slug)}
    said["model"] = slugs.get(said.get("model", ""), DEFAULTS["model"])
    return {name: value for name, value in said.items() if value in OFFERED.get(name, [value])}


@form_drafts.sign_in_required_keeping_draft(newcomers=True)
def submit(request: SignedInRequest) -> HttpResponse:
    form = PromptForm(request.POST)
    if not form.is_valid():
        return _create_page(request, form, status=422)
    # The form's key with what was asked for: a second click makes nothing new, and a person who
    # goes back and changes the words asks for something else.
    key = f"{form.cleaned_data['key']}-{form.request.digest[:32]}"
    try:
        job = submission.submit(request.user.id, form.request, key=key)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _create_page(request, form, status=refused.status)
    return _see_job(request, job)


def _create_page(
    request: HttpRequest, form: PromptForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        **more,
        "form": form,
        "models": catalogue.MODELS,
        "aspects": [(value, value, w, h) for value, (w, h) in catalogue.ASPECT_RATIOS.items()],
        "styles": [(key, name) for key, name in catalogue.STYLES.items()],
        "counts": COUNTS,
        "can_check": load_backend("PROMPT_PREVIEW").available,
    }
    return render(request, "generation/create.html", context, status=status)


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
    """The jobs that are not over, so that whoever has left one finds it again."""
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
