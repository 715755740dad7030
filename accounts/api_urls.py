"""Addresses of the JSON API about oneself."""

from django.urls import path

from accounts import api, openapi  # noqa: F401  its import registers the security scheme

urlpatterns = [
    path("me/", api.Me.as_view(), name="me"),
    path("me/export/", api.MyExport.as_view(), name="my_export"),
    path("uploads/", api.Uploads.as_view(), name="uploads"),
    path("me/credits/", api.MyCredits.as_view(), name="my_credits"),
]
