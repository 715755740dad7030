"""Compresses pages in the function, because CloudFront compresses only what it may cache."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# Anything smaller fits into one packet uncompressed.
MIN_BYTES = 1_400
CONTENT_TYPES = ("text/", "application/json", "application/problem+json", "application/atom+xml")


class CompressionMiddleware(GZipMiddleware):
    """Django's gzip, for text of at least MIN_BYTES.

    The length of a compressed response can reveal a secret beside text that an attacker chose
    (BREACH). Django masks the CSRF token anew in each response, and its gzip adds up to 100 random
    bytes (`max_random_bytes`), so that lengths can't be compared.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        return super().process_response(request, response) if _worth_it(response) else response


def _worth_it(response: HttpResponseBase) -> bool:
    if response.streaming or not response.headers.get("Content-Type", "").startswith(CONTENT_TYPES):
        return False
    return len(cast(HttpResponse, response).content) >= MIN_BYTES
