"""Turns off a kind of e-mail: with one click in the mail program, or two on this page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts.mail import unsubscribe_links
from aptmagic.web.http import require_form_methods


@never_cache
@require_form_methods
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A GET changes nothing: security scanners open every link of an e-mail."""
    _, switch = unsubscribe_links.read(token)
    done = request.method == "POST"
    if done:
        unsubscribe_links.unsubscribe(token)
    return render(request, "accounts/unsubscribe.html", {"done": done, "switch": switch})
