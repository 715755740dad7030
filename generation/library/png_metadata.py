"""The working copy of a picture: a PNG file with the recipe inside, the same pixels.

Two text chunks hold it: "recipe" is JSON, which an import reads; "parameters" is the text that
Stable Diffusion programs read and write.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from generation.operations import registry, stored_requests

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The signature and the header chunk, which has to come first.
HEAD = len(SIGNATURE) + 25


def embed_recipe(png: bytes, recipe: Mapping[str, Any]) -> bytes:
    """The same picture with its recipe. Raises ValueError if the file isn't a PNG."""
    if not png.startswith(SIGNATURE):
        raise ValueError("not a PNG file")
    said = {name: value for name, value in recipe.items() if value not in (None, "")}
    chunks = _text("recipe", json.dumps(said, ensure_ascii=False))
    chunks += _text("parameters", _parameters(recipe))
    return png[:HEAD] + chunks + png[HEAD:]


def _parameters(recipe: Mapping[str, Any]) -> str:
    """The prompt, the negative prompt, and a line of the other settings."""
    request = stored_requests.load(recipe)
    operation = registry.find(request.operation)
    settings = {"Seed": request.seed or 0, "Model": request.model}
    if request.operation != registry.DEFAULT:
        settings["Operation"] = request.operation
    for name, field in operation.fields.items() if operation else ():
        if getattr(request, name) and name not in ("prompt", "negative_prompt", "seed", "count"):
            settings[field.label] = getattr(request, name)
    lines = [request.prompt]
    if negative := getattr(request, "negative_prompt", ""):
        lines.append(f"Negative prompt: {negative}")
    lines.append(", ".join(f"{label}: {value}" for label, value in settings.items()))
    return "\n".join(filter(None, lines))


def _text(keyword: str, text: str) -> bytes:
    """An iTXt chunk, which holds any Unicode text."""
    body = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
