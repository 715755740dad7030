"""What the JSON API is built on: parsing, strict serializers, problems, pagination, OpenAPI.

Each part is a module of its own, because DRF imports what settings name while it is itself being
imported: `exceptions`, `parsers` and `throttling` may not import `rest_framework.views`.
"""
