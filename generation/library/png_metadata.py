"""A picture that carries its recipe inside: the copy for whoever goes on working with it.

The recipe stands in two text chunks of the PNG file: "recipe" is ours, in JSON; "parameters" is the
line that most other programs read. Not a pixel is touched.
"""

import json
import struct
import zlib
from typing import Any

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The signature and the header chunk, which has to come first.
HEAD = len(SIGNATURE) + 25


def embed_recipe(png: bytes, recipe: dict[str, Any]) -> bytes:
    if not png.startswith(SIGNATURE):
        raise ValueError("not a PNG file")
    said = {name: value for name, value in recipe.items() if value not in (None, "")}
    chunks = _text("recipe", json.dumps(said, ensure_ascii=False)) + _text(
        "parameters", _line(said)
    )
    return png[:HEAD] + chunks + png[HEAD:]


def _line(said: dict[str, Any]) -> str:
    without = f"\nNegative prompt: {said['negative_prompt']}" if "negative_prompt" in said else ""
    return f"{said['prompt']}{without}\nSeed: {said.get('seed', 0)}, Model: {said.get('model', '')}"


def _text(keyword: str, text: str) -> bytes:
    """An iTXt chunk, which may say anything that Unicode can."""
    body = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
