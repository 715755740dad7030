"""README and CONTRIBUTING name files, settings and sections that exist."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
DOCS = ("README.md", "CONTRIBUTING.md", "tests/README.md", "infra/README.md", "accounts/README.md")
CODE = re.compile(r"`([^`\n]+)`")
SUFFIXES = (".py", ".md", ".html", ".json", ".yaml", ".txt", ".po", ".toml")
APPS = ("aptmagic", "accounts", "generation", "gallery")
TOP = (*APPS, "templates", "static", "locale", "infra", "tests", "requirements")
FOLDER = re.compile(rf"({'|'.join(TOP)})/([\w.-]+/)*")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def named_paths(document: str) -> Iterator[str]:
    """What stands in backticks and can only be a file or folder of the repository."""
    text = re.sub(r"```.*?```", "", (ROOT / document).read_text(), flags=re.S)
    for code in CODE.findall(text):
        path = code.partition("#")[0].partition("::")[0]
        is_address = path.startswith(("/", ".venv", ".local", "dist", "http", "U#"))
        if is_address or re.search(r"[<>*{}…@$ ]", path):
            continue
        if path.endswith(SUFFIXES) or FOLDER.fullmatch(path):
            yield path


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    """From the repository's root, beside the document, or, if it is only a name, in some folder."""
    anywhere = {file.name for top in TOP for file in (ROOT / top).rglob("*") if file.is_file()}
    folders = (ROOT, (ROOT / document).parent)
    missing = {
        path
        for path in named_paths(document)
        if not any((folder / path).exists() for folder in folders)
        and ("/" in path or path not in anywhere)
    }
    assert not missing


@pytest.mark.parametrize("document", DOCS)
def test_every_link_of_a_document_leads_somewhere(document: str) -> None:
    file = ROOT / document
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.M)
    anchors = {anchor(heading) for heading in headings}
    for link in LINK.findall(file.read_text()):
        if link.startswith("#"):
            assert link[1:] in anchors, link
        elif not link.startswith(("http", "mailto:")):
            assert (file.parent / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_setting_that_a_document_names_exists(document: str) -> None:
    named = set(re.findall(r"`settings\.([A-Z_]+)`", (ROOT / document).read_text()))
    assert {name for name in named if not hasattr(settings, name)} == set()


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_function_that_a_document_calls_exists(document: str) -> None:
    """A function of a module of that name, as `ledger.reserve(...)`, or a method of some class."""
    modules: dict[str, str] = {}
    for app in APPS:
        for file in (ROOT / app).rglob("*.py"):
            modules[file.stem] = modules.get(file.stem, "") + file.read_text()
    everything = "\n".join(modules.values())
    calls = re.findall(r"`[@*]*(\w+)\.(\w+)\(", (ROOT / document).read_text())
    assert calls
    for module, name in calls:
        function = re.search(rf"^(def|class) {name}\b", modules.get(module, ""), re.M)
        method = module not in modules and re.search(rf"^ +def {name}\b", everything, re.M)
        assert function or method, (module, name)


def test_every_package_has_a_line_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    [layout] = re.findall(r"## Layout\n\n```\n(.*?)```", readme, re.S)
    packages = {
        init.parent.name
        for app in APPS
        for init in (ROOT / app).glob("*/__init__.py")
        if init.parent.name not in ("management", "templatetags", "forms", "views", "formats")
    }
    assert packages <= set(re.findall(r"^  (\w+)/ ", layout, re.M))
