"""How the API's document describes signing in."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class ApiToken(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.ApiToken"
    name = ["token", "bearer", "session"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        return [
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "An API token: `Bearer apt_…` or `Token apt_…`",
            },
            {"type": "http", "scheme": "bearer", "bearerFormat": "Cognito access token"},
            {
                "type": "apiKey",
                "in": "cookie",
                "name": settings.SESSION_COOKIE,
                "description": "The session cookie. Unsafe methods also need the CSRF token.",
            },
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        """Any one of them will do."""
        return [{name: []} for name in self.name]
