"""Everything that is said is said in Vietnamese too, and nothing is said past the catalogue."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.utils import translation

from aptmagic import number_formats
from aptmagic.errors import Refused
from aptmagic.local import renderer
from aptmagic.management.commands import messages
from generation import attribution

ROOT = messages.BASE_DIR
# Names, formats and words that are the same in Vietnamese.
THE_SAME = {
    "Seed",
    "Token",
    "anime",
    "isometric",
    "low poly",
    "neon punk",
    "origami",
    "pixel art",
    "ElastiCache Serverless (Valkey)",
    "SageMaker ml.g5.xlarge",
    "Shield Advanced",
    "SnapStart",
    "CDN",
}
PLACEHOLDERS = re.compile(r"%\(\w+\)s|\{\w+\}|<[^>]+>")
WORDS = re.compile(r"[A-Za-z]{2}")
SENTENCE = re.compile(r"[A-Za-z]{2,} [A-Za-z]")


@pytest.fixture(scope="module")
def vietnamese() -> Any:
    return messages.read_catalogue("vi")


@pytest.fixture(scope="module")
def said() -> set[tuple[str | None, Any]]:
    return {(each.context, each.id) for each in messages.extract() if each.id}


def test_everything_that_is_said_is_translated(said: set, vietnamese: Any) -> None:
    """When this fails: `make messages`, and fill in what is empty in locale/vi."""
    done = {(each.context, each.id) for each in vietnamese if messages.is_translated(each)}
    assert sorted(map(str, said - done)) == []


def test_nothing_is_translated_that_is_not_said(said: set, vietnamese: Any) -> None:
    known = {(each.context, each.id) for each in vietnamese if each.id}
    assert sorted(map(str, known - said)) == []


def test_a_translation_keeps_what_is_filled_in_and_is_none_by_name_only(vietnamese: Any) -> None:
    for each in vietnamese:
        if not each.id:
            continue
        english = [*each.id] if isinstance(each.id, tuple) else [each.id]
        ours = each.string[0] if isinstance(each.string, tuple) else each.string
        there = {name for form in english for name in PLACEHOLDERS.findall(form)}
        here = {*PLACEHOLDERS.findall(ours)}
        assert here <= there and {*PLACEHOLDERS.findall(english[-1])} <= here, english
        assert ours not in english or ours in THE_SAME, english
        assert '"' not in ours or '"' in english[0], "it may stand in an attribute"


def test_what_django_reads_is_what_was_written(vietnamese: Any) -> None:
    """`make messages` compiles."""
    assert messages.path("vi", "mo").read_bytes() == messages.compile_catalogue(vietnamese)


# Nothing is said past the catalogue ---------------------------------------------------------------
TEMPLATES = sorted(
    path.relative_to(ROOT / "templates").as_posix()
    for path in (ROOT / "templates").rglob("*.*")
    if path.suffix in (".html", ".txt")
)
# What has words of nobody's language: names, keys, addresses, units.
NAMES = re.compile(
    r"APT Magic|\bAPI\b|\bUTC\b|https?://\S+|\w+/(?:\s|$)|[\w*./-]+\.(?:json|csv|html)"
)
SPOKEN = re.compile(r"""\b(?:title|alt|aria-label|placeholder|content)="([^"]*)\"""")
MACHINES = re.compile(r"^(?:width=|light|noindex|summary|default-src|; url=|\{|#|[a-z]+$)")
# Words that are handed on in a tag or a default, unmarked: x="Words", |default:"Words".
HANDED_ON = re.compile(r"""[=:]"([A-Z][a-z][^"]*)\"""")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_says_nothing_of_its_own(name: str) -> None:
    source = (ROOT / "templates" / name).read_text()
    bare = re.sub(r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}|<!--.*?-->", "", source, flags=re.S)
    bare = re.sub(r"\{% blocktranslate.*?endblocktranslate %\}", "", bare, flags=re.S)
    tags = re.findall(r"\{% (?!if|elif).*?%\}|\{\{.*?\}\}", bare, flags=re.S)
    assert [said for tag in tags for said in HANDED_ON.findall(tag)] == []
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", bare, flags=re.S)
    if name.endswith(".txt"):
        words = [bare]
    else:
        words = [said for said in SPOKEN.findall(bare) if not MACHINES.match(said)]
        bare = re.sub(r"<(style|script|kbd|code)\b.*?</\1>", "", bare, flags=re.S)
        words += re.sub(r"<[^>]*>", "\n", bare, flags=re.S).splitlines()
    assert [said for said in words if WORDS.search(NAMES.sub("", said))] == []


def python() -> Iterator[tuple[str, ast.AST]]:
    for app in messages.APPS:
        for file in sorted((ROOT / app).rglob("*.py")):
            if not set(file.relative_to(ROOT).parts) & {*messages.NOT_TRANSLATED}:
                yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text())


def is_bare(said: ast.AST | None) -> bool:
    """Whether it is words that nobody could translate."""
    if isinstance(said, ast.Constant):
        return isinstance(said.value, str) and bool(SENTENCE.search(said.value))
    if isinstance(said, ast.JoinedStr):
        return any(is_bare(part) for part in said.values)
    return isinstance(said, ast.BinOp) and (is_bare(said.left) or is_bare(said.right))


def refusals(kind: type = Refused) -> set[str]:
    return {kind.__name__}.union(*(refusals(each) for each in kind.__subclasses__()))


def test_python_says_nothing_of_its_own() -> None:
    """Errors, forms, and messages: their words are marked."""
    spoken = {*refusals(), "ValidationError"}
    shown = {"label", "help_text", "required", "invalid", "max_length"}
    for file, tree in python():
        for_programs = file.endswith(("serializers.py", "openapi.py", "api.py"))
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            where = f"{file}:{call.lineno}"
            if name in spoken:
                assert not any(is_bare(said) for said in call.args[:1]), where
            if name in ("success", "info", "warning", "error") and "messages" in ast.dump(
                call.func
            ):
                assert not any(is_bare(said) for said in call.args[1:2]), where
            for keyword in call.keywords:
                if keyword.arg in shown and not for_programs:
                    assert not is_bare(keyword.value), where
                if keyword.arg == "error_messages" and isinstance(keyword.value, ast.Dict):
                    assert not any(map(is_bare, keyword.value.values)), where


def test_what_is_marked_can_be_gathered() -> None:
    """Under a name that is looked for, and not inside an f-string, where it would be missed."""
    for file, tree in python():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                marks = [each.asname or each.name for each in node.names if "gettext" in each.name]
                assert {*marks} <= messages.KEYWORDS.keys(), file
            if isinstance(node, ast.JoinedStr):
                calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
                named = {getattr(call.func, "id", "") for call in calls}
                assert not named & messages.KEYWORDS.keys(), f"{file}:{node.lineno}"


def test_scripts_say_nothing_of_their_own() -> None:
    """Their sentences are written in the page."""
    for file in sorted((ROOT / "static" / "js").glob("*.js")):
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", file.read_text(), flags=re.S)
        quoted = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)
        sentences = [
            said for pair in quoted for said in pair if re.search(r"[A-Z][a-z]+ [a-z]", said)
        ]
        assert sentences == [], file


# Numbers, money and days follow the language ------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "number", "price"),
    [("en", "1,234,567", "$0.16"), ("vi", "1.234.567", "0,16 US$")],
)
def test_numbers_and_money_are_written_as_the_reader_writes_them(
    language: str, number: str, price: str
) -> None:
    with translation.override(language):
        assert number_formats.format_number(1_234_567) == number
        assert number_formats.format_dollars("0.16") == price


def test_a_form_speaks_the_readers_language_though_it_was_imported_in_another() -> None:
    from accounts.forms.sign_in import SignInForm

    form: forms.Form = SignInForm({})
    with translation.override("vi"):
        assert str(form.fields["password"].label) == "Mật khẩu"
        assert form.errors["password"] == ["Hãy nhập mật khẩu."]


def _note(prompt: str) -> str:
    return renderer.draw(prompt, model="Stable Image Ultra", seed=1, size=(64, 64)).note


@pytest.mark.parametrize(
    ("note", "ours"),
    [
        (
            "Made with Stable Image Core on Amazon Bedrock.",
            "Vẽ bằng Stable Image Core trên Amazon Bedrock.",
        ),
        (_note("a fox"), "Bản xem trước trên máy của Stable Image Ultra"),
        (_note("a fox"), "không do mô hình AI tạo. Có trong ảnh: fox."),
        (_note("a qwrtz fox"), "fox; chưa vẽ được: qwrtz."),
        (_note("qwrtz"), "một bức trừu tượng theo màu của lời mô tả; chưa vẽ được: qwrtz."),
        ("Imported from an archive.", "Nhập từ bản lưu trữ."),
        ("Imported from an archive: Made with Love.", "Nhập từ bản lưu trữ: Made with Love."),
        ("", ""),
        ("Fait à la main.", "Fait à la main."),
    ],
)
def test_who_drew_a_picture_is_said_in_the_readers_language(note: str, ours: str) -> None:
    assert attribution.translate(note) == note
    with translation.override("vi"):
        assert (
            ours in attribution.translate(note)
            and "local preview" not in attribution.translate(note).lower()
        )


def test_the_letters_of_vietnamese_have_their_font() -> None:
    tokens = (ROOT / "static/css/tokens.css").read_text()
    assert "newsreader-400-normal.woff2" in tokens and "U+1EA0-1EF9" in tokens
    assert Path(ROOT, "static/vendor/newsreader/newsreader-400-normal.woff2").exists()
