"""Stop a kind of letter from the letter itself: one click in the mail program, or two here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts.mail import unsubscribe_links
from aptmagic.web.http import require_form_methods


@never_cache
@require_form_methods
def unsubscribe(request: HttpRequest, said: str) -> HttpResponse:
    """A GET changes nothing: programs that look for dangers open every link of a mail."""
    _, switch = unsubscribe_links.read(said)
    done = request.method == "POST"
    if done:
        unsubscribe_links.unsubscribe(said)
    return render(request, "accounts/unsubscribe.html", {"done": done, "switch": switch})
