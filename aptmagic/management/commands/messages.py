"""`manage.py messages`: extracts translatable strings into locale/*/…/django.po, and compiles them.

It reads the marked strings of templates and Python, and the fields of data files named here.
Translators edit the .po file. Django reads the .mo file beside it. Both are committed.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation.template import templatize

BASE_DIR = settings.BASE_DIR
APPS = ("aptmagic", "accounts", "generation", "gallery")
NOT_TRANSLATED = ("management", "local")  # only operators read these, in English
TRANSLATED_DATA = {
    "aptmagic/costs/prices.json": (
        "region",
        "prices.*.2",
        "optional.*.name",
        "optional.*.why",
    ),
    "generation/operations/catalogue.json": (
        "styles.*",
        "models.*.speed",
        "operations.*.label",
        "operations.*.fields.*.label",
        "operations.*.fields.*.empty",
    ),
}
CONTEXT_FIRST = ((1, "c"), 2)
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    "_now": None,  # gettext, where _ is gettext_lazy
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": CONTEXT_FIRST,
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Message = tuple[str, Any, str | None, list[str]]  # file, message, context, comments


class Command(BaseCommand):
    help = "Extract the translatable strings into the catalogues of locale/, and compile them."

    def handle(self, *args: Any, **options: Any) -> None:
        found = extract()
        for language, _ in settings.LANGUAGES:
            if language == settings.LANGUAGE_CODE:
                continue
            merged = merge(found, language)
            path(language).parent.mkdir(parents=True, exist_ok=True)
            with path(language).open("wb") as file:
                write_po(file, merged, width=100, include_lineno=False, ignore_obsolete=True)
            path(language, "mo").write_bytes(compile_catalogue(read_catalogue(language)))
            untranslated = [str(each.id) for each in merged if each.id and not is_translated(each)]
            self.stdout.write(
                f"{language}: {len(merged)} messages, {len(untranslated)} to translate"
            )
            for each in untranslated:
                self.stdout.write(f"  {each}")


def path(language: str, kind: str = "po") -> Path:
    return Path(BASE_DIR) / "locale" / language / "LC_MESSAGES" / f"django.{kind}"


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language, as it is on disk."""
    if not path(language).exists():
        return Catalog(language, project="APT Magic", fuzzy=False)
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def merge(found: Catalog, language: str) -> Catalog:
    """The catalogue with the messages found and no others. New messages stay untranslated."""
    known = read_catalogue(language)
    found.creation_date = known.creation_date  # a date alone is no change
    known.update(found, no_fuzzy_matching=True)
    return known


def compile_catalogue(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def is_translated(message: Any) -> bool:
    forms = message.string if isinstance(message.string, tuple | list) else [message.string]
    return all(forms) and not message.fuzzy


def extract() -> Catalog:
    """All messages, in the order of the files."""
    found = Catalog(project="APT Magic")
    for file, message, context, comments in (*_templates(), *_python(), *_data()):
        # Babel takes every "%" for a placeholder; ours are named.
        flags = ["python-format"] if "%(" in str(message) else []
        found.add(
            message,
            locations=[(file, 0)],
            context=context,
            auto_comments=comments,
            flags=flags,
        )
    return found


def _templates() -> Iterator[Message]:
    for file in sorted((BASE_DIR / "templates").rglob("*.*")):
        source = templatize(file.read_text(encoding="utf-8"), str(file))
        # The rest of a template is not Python, but parses as such without its indentation.
        lines = (line.strip() for line in source.splitlines())
        yield from _marked(file, "\n".join(lines).encode())


def _python() -> Iterator[Message]:
    for app in APPS:
        for file in sorted((BASE_DIR / app).rglob("*.py")):
            if not set(file.relative_to(BASE_DIR).parts) & {*NOT_TRANSLATED}:
                yield from _marked(file, file.read_bytes())


def _marked(file: Path, source: bytes) -> Iterator[Message]:
    where = file.relative_to(BASE_DIR).as_posix()
    extracted: Any = extract_python(
        io.BytesIO(source), KEYWORDS, ["Translators:"], {"encoding": "utf-8"}
    )
    for _line, function, arguments, comments in extracted:
        spec = KEYWORDS.get(function) or (1,)
        strings: list[Any] = [*arguments] if isinstance(arguments, tuple) else [arguments]
        context = None
        if isinstance(spec[0], tuple):
            context = strings.pop(0)
            spec = tuple(place - 1 for place in spec[1:])
        forms = tuple(strings[place - 1] for place in spec)
        if all(isinstance(form, str) for form in forms):
            yield where, forms if len(forms) > 1 else forms[0], context, [*comments]


def _data() -> Iterator[Message]:
    for where, fields in TRANSLATED_DATA.items():
        data = json.loads((BASE_DIR / where).read_text(encoding="utf-8"))
        for field in fields:
            for message in _values(data, field.split(".")):
                yield where, message, None, []


def _values(data: Any, steps: list[str]) -> Iterator[str]:
    if not steps:
        yield data
        return
    step, *rest = steps
    if step == "*":
        parts = data.values() if isinstance(data, dict) else data
    elif isinstance(data, list):
        parts = [data[int(step)]]
    else:
        parts = [data[step]] if step in data else []
    for part in parts:
        yield from _values(part, rest)
