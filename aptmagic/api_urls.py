"""The JSON API's addresses, and its document; imported when somebody asks for them."""

from django.urls import include, path
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", include("accounts.api_urls")),
    path("", include("generation.api_urls")),
    path("", include("gallery.api_urls")),
]
schema = SpectacularAPIView.as_view(permission_classes=[])
docs = require_safe(  # its template knows nothing of what OPTIONS would say
    SpectacularSwaggerSplitView.as_view(
        url_name="schema", template_name="api_docs.html", permission_classes=[]
    )
)
