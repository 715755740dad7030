"""The JSON API's addresses, and its document; imported when somebody asks for them."""

from django.urls import include, path
from django.utils.translation import override
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", include("accounts.api_urls")),
    path("", include("generation.api_urls")),
    path("", include("gallery.api_urls")),
]
# One document for everyone: what it says of fields comes from the same words as the pages do.
schema = override("en")(SpectacularAPIView.as_view(permission_classes=[]))
docs = require_safe(  # its template knows nothing of what OPTIONS would say
    SpectacularSwaggerSplitView.as_view(
        url_name="schema", template_name="api_docs.html", permission_classes=[]
    )
)
