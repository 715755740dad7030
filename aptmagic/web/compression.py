"""Pages are compressed in the function: CloudFront compresses only what its cache policy lets it
keep, and it keeps no page of ours."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# Less fits into one packet as it is.
MIN_BYTES = 1_400
CONTENT_TYPES = ("text/", "application/json", "application/problem+json", "application/atom+xml")


class CompressionMiddleware(GZipMiddleware):
    """Django's gzip for texts that are worth it.

    Compressed answers can betray a secret that stands beside words of a stranger's choice (BREACH).
    Django masks the CSRF token anew in each answer, and this adds up to 100 random bytes to each
    (`max_random_bytes`), so that no two lengths can be compared.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        return super().process_response(request, response) if _worth_it(response) else response


def _worth_it(response: HttpResponseBase) -> bool:
    if response.streaming or not response.headers.get("Content-Type", "").startswith(CONTENT_TYPES):
        return False
    return len(cast(HttpResponse, response).content) >= MIN_BYTES
