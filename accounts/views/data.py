"""Your data: take it along, bring it back, or leave with it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.people import sign_in_required
from accounts.rights import archives
from accounts.views import answers


@never_cache
@require_safe
@sign_in_required
def overview(request: HttpRequest) -> HttpResponse:
    made = [archives.view(each) for each in archives.of(request.user.id)]
    return render(request, "accounts/settings/data.html", {"archives": made})


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
    return render(request, "accounts/settings/_archive.html", {"archive": archives.view(found)})


@never_cache
@require_safe
@sign_in_required
def download(request: HttpRequest, archive_id: str, part: int) -> HttpResponse:
    """To an address that is good for some minutes, made for whoever may have it."""
    return HttpResponseRedirect(archives.address(request.user.id, archive_id, part - 1))
