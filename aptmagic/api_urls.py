"""The URLs of the JSON API and of its OpenAPI document."""

from django.urls import include, path
from django.utils.translation import override
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", include("accounts.api_urls")),
    path("", include("generation.api_urls")),
    path("", include("gallery.api_urls")),
]
# Always in English, although its field descriptions are translated on pages.
schema = override("en")(SpectacularAPIView.as_view(permission_classes=[]))
docs = require_safe(  # its template can't render the answer to OPTIONS
    SpectacularSwaggerSplitView.as_view(
        url_name="schema", template_name="api_docs.html", permission_classes=[]
    )
)
