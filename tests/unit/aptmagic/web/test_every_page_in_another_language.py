"""Whatever is read in Vietnamese went through the catalogue: pages, errors, messages, letters.

The catalogue of these tests marks each sentence with ⟦ ⟧ instead of translating it. What is left
outside of marks must be words that people wrote, names, or numbers.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from accounts.api_tokens import tokens
from accounts.mail import delivery, outbox, unsubscribe_links
from accounts.privacy import exports
from accounts.profiles import preferences, profiles
from aptmagic.aws.dynamodb import new_id, now
from aptmagic.errors import Refused
from aptmagic.management.commands import messages
from gallery.notifications import delivery as notification_delivery
from gallery.notifications import weekly_digest
from gallery.notifications.kinds import LIKE
from generation.jobs.models import Job, JobState, PictureState, Slot
from tests.unit.accounts.mail.test_email import ABOUT
from tests.unit.conftest import Visitor, browser_of
from tests.unit.posts_and_queues import THUMBHASH

# What is nobody's language: names of the site, of people, models, keys and formats.
NAMES = re.compile(
    r"APT Magic|\bAPI\b|\bUTC\b|Swagger|English|Tiếng Việt|Amazon Bedrock|Stable \w+( [\w.]+)*"
    r"|\w…@[\w.]+|https?://\S+|[\w.+-]+@[\w.-]+|@\w+|\b(?:ada|bob|anyone)\b|\bA\b|JPEG|PNG|WebP"
    r"|\bCtrl\b|\bEnter\b|AWS\S*|Secrets? Manager|Fox|\bfox\b|#\w+|\$TOKEN|curl .*"
    r"|\b(?:read|generate|publish|social|account|fast|xxx)\b|Sketched for a test"
    r"|\(?3 likes\)?|My script|Chrome/Android"
    r"|\b[0-9A-HJKMNP-TV-Z]{26}\b|\b(?:[A-Z2-7]{4} ?)+\b|\b\w{4}-\w{4}\b|apt_\w+|\bbtn\b"
)
PROMPT = "a fox in the snow"
DJANGOS = re.compile("[ăâđêôơưạ-ỹ]")  # it has a catalogue of its own
NOT_READ = {"script", "style", "kbd", "code", "svg"}
READ = {"title", "alt", "aria-label", "placeholder", "label", "data-of", "data-busy", "data-met"}
ELSEWHERE = {"api"}  # has no pages


@pytest.fixture
def marked(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A catalogue of Vietnamese in which every sentence is itself, between marks."""
    catalogue = messages.extract()
    catalogue.locale = "vi"
    for each in catalogue:
        if each.id:
            forms = each.id if isinstance(each.id, tuple) else (each.id,)
            each.string = (f"⟦{forms[-1]}⟧",) if len(forms) > 1 else f"⟦{forms[0]}⟧"
    folder = tmp_path / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalogue)
    settings.LOCALE_PATHS = [tmp_path]
    yield
    translation.activate("en")


class Marks:
    """A sentence may hold another one, and elements."""

    depth = 0

    def outside(self, text: str) -> str:
        kept = ""
        for character in text:
            self.depth += (character == "⟦") - (character == "⟧")
            kept += character if self.depth == 0 and character != "⟧" else ""
        return kept


class Reader(HTMLParser):
    """What somebody reads or hears of a page and is outside of all marks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside: list[str] = []
        self._marks = Marks()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_READ:
            self._inside.append(tag)
        named = dict(attrs)
        read = [named.get(name) for name in READ]
        if named.get("name") == "description" or named.get("property") == "og:title":
            read.append(named.get("content"))
        read += [said for name, said in attrs if name.startswith("data-") and " " in (said or "")]
        self.said += [Marks().outside(said) for said in read if said and not said.startswith("{")]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and tag == self._inside[-1]:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.said.append(self._marks.outside(data))


def past_the_catalogue(page: str) -> list[str]:
    said = (NAMES.sub("", each.replace(PROMPT, "")) for each in Reader(page).said)
    spoken = (each for each in said if re.search(r"[^\W\d_]{2}", each))
    return [each.strip() for each in spoken if not DJANGOS.search(each)]


@pytest.fixture
def ada(signed_in_user: Callable[..., Visitor]) -> Visitor:
    return signed_in_user("ada")


@pytest.fixture
def things(
    ada: Visitor,
    bob: Visitor,
    share: Callable[..., Any],
    draw: Callable[..., str],
    fake_services: None,
) -> dict[str, list[Any]]:
    """Something of ada's in every state, for each part of an address."""
    post = share(ada, caption="Fox", tags=["fox"])
    unlisted = share(ada, caption="Fox", visibility="unlisted")
    secret = share(bob, caption="Fox", visibility="private")
    jobs = [job(ada, state, *slots) for state, slots in JOBS]
    notification_delivery.consume(
        "post.liked",
        {"author_id": ada.user_id, "post_id": post.id, "user_id": bob.user_id, "day": "20261122"},
    )
    for state in ("ready", "partial", "failed"):
        about = {"job_id": jobs[0], "pictures": 2, "prompt": PROMPT}
        notification_delivery.consume(
            "job.ended", {"state": state, "user_id": ada.user_id, **about}
        )
    archive = exports.start(ada.user_id)
    return {
        "post_id": [post.id, unlisted.id, secret.id, new_id()],
        "picture_id": [draw(ada), post.picture_id, new_id()],
        "job_id": [*jobs, new_id()],
        "handle": ["ada", "bob", "nobody"],
        "archive_id": [archive.id],
        "part": [1],
        "token_id": [new_id()],
        "session_id": [ada.person.session_id, new_id()],
        "upload_id": [new_id()],
        "token": [
            *(
                unsubscribe_links.url(ada.user_id, kind).rstrip("/").rpartition("/")[2]
                for kind in SWITCHED
            ),
            "forged",
        ],
        "number": ["1"],
        "operation": ["create", "nothing"],
    }


SWITCHED = [switch for switch in outbox.KINDS.values() if switch]
READY, FAILED, REFUSED = PictureState.READY, PictureState.FAILED, PictureState.REFUSED
JOBS: list[tuple[Any, tuple[Any, ...]]] = [
    ((JobState.WAITING, None), (PictureState.WAITING,)),
    ((JobState.QUEUED, None), (PictureState.WAITING,)),
    ((JobState.RUNNING, None), (PictureState.DRAWING, PictureState.STORED)),
    ((JobState.RUNNING, None), (PictureState.STORED,)),
    ((JobState.RUNNING, None), (READY,)),
    ((JobState.READY, "ready"), (READY, PictureState.GONE)),
    ((JobState.PARTIAL, "partial"), (READY, REFUSED)),
    ((JobState.FAILED, "refused"), (REFUSED,)),
    ((JobState.FAILED, "failed"), (FAILED,)),
    ((JobState.FAILED, "gone"), (FAILED,)),
    ((JobState.FAILED, "owned"), (FAILED,)),
    ((JobState.CANCELLED, "cancelled"), (FAILED,)),
]


def job(owner: Visitor, state: tuple[Any, str | None], *slots: Any) -> str:
    job_id = new_id()
    drawn = [
        Slot(
            id=new_id(),
            number=number,
            seed=7,
            width=64,
            height=48,
            state=slot,
            thumbhash=THUMBHASH,
            sha256="0" * 64,
            reason="The model declined this prompt." if slot == REFUSED else None,
        )
        for number, slot in enumerate(slots)
    ]
    Job(
        *Job.key(owner.user_id, job_id),
        id=job_id,
        user_id=owner.user_id,
        state=state[0],
        outcome=state[1],
        request={"prompt": PROMPT, "model": "stability.stable-image-core-v1:1"},
        slots=drawn,
        held=3 * len(slots),
        charged=3 * slots.count(READY) if state[1] else 0,
        ended_at=now() if state[1] else None,
    ).save()
    return job_id


def addresses(things: dict[str, list[Any]]) -> Iterator[str]:
    """Every page there is, with each of these in its address."""
    for name, parts in sorted(views(get_resolver())):
        choices = [things[part] for part in parts]
        if not choices:
            yield reverse(name)
        elif len(choices) == 1:
            yield from (reverse(name, args=[each]) for each in choices[0])
        else:
            yield reverse(name, args=[each[0] for each in choices])
    yield "/nowhere/"


def views(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield f"{space}{each.name}", tuple(each.pattern.converters)
        elif each.namespace not in ELSEWHERE:
            yield from views(each, f"{space}{each.namespace}:" if each.namespace else space)


def of(person: Any = None) -> Client:
    options = {"headers": {"accept-language": "vi-VN,vi;q=0.9"}}
    return browser_of(person, **options) if person else Client(**options)


def read(response: Any) -> list[str]:
    """What is amiss with a page; nothing of it if it is none."""
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    if not response.content:
        return []
    assert response.headers["Content-Language"] == "vi"
    page = response.content.decode()
    assert "<html" not in page or '<html lang="vi"' in page
    return past_the_catalogue(page)


FIELDS = [
    "handle",
    "email",
    "password",
    "code",
    "name",
    "bio",
    "links",
    "caption",
    "tags",
    "alt",
    "visibility",
    "prompt_visibility",
    "model",
    "aspect_ratio",
    "style_preset",
    "seed",
    "count",
    "negative_prompt",
    "scopes",
    "lasts",
    "cap",
    "hidden_tags",
    "theme",
    "language",
    "new_password",
]


def answer(client: Client, address: str, sent: dict[str, str]) -> Any:
    """What is said in the end, wherever one is sent."""
    response: Any = client.post(address, sent)
    for _ in range(4):
        to = response.headers.get("Location", "")
        if not to.startswith("/"):
            break
        response = client.get(to)
    return response


def test_every_page_speaks_one_language(marked: None, ada: Visitor, things: dict) -> None:
    for client in (of(ada.person), of()):
        amiss = {address: read(client.get(address)) for address in addresses(things)}
        assert {address: said for address, said in amiss.items() if said} == {}


def test_every_form_refuses_and_every_deed_answers_in_the_readers_language(
    marked: None, ada: Visitor, things: dict
) -> None:
    """Each page is sent an empty form, and one of nonsense; what is said next is read too."""
    nonsense = {name: "x" * 3 for name in FIELDS} | {"email": "nobody", "prompt": "!"}
    for person in (ada.person, None):
        for sent in ({}, nonsense):
            amiss = {}
            for address in addresses(things):
                amiss[address] = read(answer(of(person), address, sent))
            assert {address: said for address, said in amiss.items() if said} == {}


def test_a_token_and_its_list_speak_one_language(marked: None, ada: Visitor) -> None:
    now_and_then = now() + timedelta(days=7)
    tokens.create(ada.user_id, "ada", ["read"], now_and_then, name="Fox", cap=5)
    assert read(of(ada.person).get("/settings/tokens/")) == []


def digest_of(who: Visitor) -> dict[str, Any]:
    """The sentences that notification kinds declare for the weekly e-mail."""
    preferences.update(who.user_id, language="vi")
    data = {"user_id": who.user_id, "job_id": new_id(), "state": "ready", "pictures": 2}
    notification_delivery.consume("job.ended", {**data, "prompt": PROMPT})
    content = weekly_digest.collect(who.user_id, now() + timedelta(days=1))
    assert content and content["rows"]
    return {**content, "subject": LIKE.digest.subject(3)}  # type: ignore[union-attr, misc]


@pytest.mark.parametrize("kind", sorted(outbox.KINDS))
def test_every_letter_speaks_one_language(marked: None, ada: Visitor, kind: str) -> None:
    about = {"at": now().isoformat(), "agent": "Chrome/Android", **ABOUT.get(kind, {})}
    with translation.override("vi"):
        if kind == "digest":
            about |= digest_of(ada)
        profile = profiles.get(ada.user_id)
        letter = delivery.compose(kind, "ada@example.org", profile, ada.user_id, about)
    pages = [letter.subject, str(letter.body), *(str(page) for page, _ in letter.alternatives)]
    assert [said for page in pages for said in past_the_catalogue(page)] == []


def refusals(kind: type[Refused] = Refused) -> Iterator[type[Refused]]:
    yield kind
    for each in kind.__subclasses__():
        yield from refusals(each)


def test_every_refusal_that_needs_no_words_speaks_one_language(marked: None) -> None:
    with translation.override("vi"):
        for kind in refusals():
            try:
                said = str(kind())  # type: ignore[call-arg]
            except TypeError:
                continue  # its words are given where it is raised
            assert past_the_catalogue(said) == [], kind
