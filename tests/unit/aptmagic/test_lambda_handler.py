"""What the deployed functions answer, and what they refuse."""

import base64
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from aptmagic import lambda_handler, lambda_http
from aptmagic.lambda_handler import RefusedEvent, StepFailed, handler

SITE = {"SITE_URL": "https://apt.example", "ALLOWED_HOSTS": ["apt.example"]}

CALLER = {"protocol": "HTTP/1.1", "sourceIp": "203.0.113.9"}


def request(path: str = "/told/", method: str = "GET", **more: Any) -> dict[str, Any]:
    """As the HTTP API sends it (payload 2.0)."""
    headers = {"host": "abc.execute-api.us-east-1.amazonaws.com", **more.pop("headers", {})}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {"http": {"method": method, "path": path, **CALLER}},
        "isBase64Encoded": False,
        **more,
    }


# A small site of our own ------------------------------------------------------------------------
def told(request: HttpRequest) -> HttpResponse:
    """Tells what the site knows of a request."""
    answer = HttpResponse(
        json.dumps(
            {
                "address": request.META["REMOTE_ADDR"],
                "url": request.build_absolute_uri(),
                "body": request.body.decode(),
                "word": request.headers.get("X-Origin-Secret"),
                "cookies": request.COOKIES,
                "cyrillic": request.GET.get("q"),
            }
        ),
        content_type="application/json",
    )
    answer.set_cookie("one", "1", httponly=True)
    answer.set_cookie("two", "2")
    return answer


def picture(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"\x89PNG\xff", content_type="image/png")


def broken(request: HttpRequest) -> HttpResponse:
    raise TypeError("as told")


urlpatterns = [path("told/", told), path("picture/", picture), path("broken/", broken)]
handler500 = "aptmagic.web.error_views.server_error"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The function `web`, of the small site at https://apt.example."""
    middleware = ["aptmagic.web.middleware.cloudfront_only"]
    with override_settings(FUNCTION="web", ROOT_URLCONF=__name__, MIDDLEWARE=middleware, **SITE):
        monkeypatch.setattr(lambda_handler, "lambda_http", lambda_http, raising=False)
        monkeypatch.setattr(lambda_http, "SITE", lambda_http.urlsplit(settings.SITE_URL))
        monkeypatch.setattr(lambda_http, "application", get_wsgi_application())
        yield


@pytest.fixture
def worker() -> Iterator[None]:
    commands = {"repeat": f"{__name__}.repeat", "stumble": f"{__name__}.stumble"}
    operators = {"try": f"{__name__}.repeat"}
    with override_settings(
        FUNCTION="worker", WORKER_COMMANDS=commands, OPERATOR_COMMANDS=operators
    ):
        yield


stumbled: list[object] = []


def repeat(word: str) -> str:
    return word


def stumble(**given: object) -> None:
    stumbled.append(given)
    raise TypeError("half done")


# Pages ------------------------------------------------------------------------------------------
def test_a_page_is_served_under_the_sites_own_host(web: None) -> None:
    answer = handler(request(rawQueryString="q=%D0%BA%D0%BE%D1%82"))
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    said = json.loads(answer["body"])
    assert said["url"] == "https://apt.example/told/?q=%D0%BA%D0%BE%D1%82"
    assert said["cyrillic"] == "кот"


def test_each_cookie_is_set_once(web: None) -> None:
    answer = handler(request())
    assert [cookie.split(";")[0].strip() for cookie in answer["cookies"]] == ["one=1", "two=2"]
    assert "set-cookie" not in {name.lower() for name in answer["headers"]}


def test_a_header_with_an_underscore_does_not_replace_one_with_a_dash(web: None) -> None:
    word = {"x-origin-secret": "the word", "x_origin_secret": "somebody else's"}
    for headers in (word, dict(reversed(word.items()))):
        assert json.loads(handler(request(headers=headers))["body"])["word"] == "the word"


def test_cookies_split_by_the_api_are_joined(web: None) -> None:
    answer = handler(request(cookies=["a=1", "b=2"]))
    assert json.loads(answer["body"])["cookies"] == {"a": "1", "b": "2"}


def test_forms_arrive_and_pictures_leave_as_base64(web: None) -> None:
    body = base64.b64encode("prompt=fox é".encode()).decode()
    answer = handler(request(method="POST", body=body, isBase64Encoded=True))
    assert json.loads(answer["body"])["body"] == "prompt=fox é"
    answer = handler(request("/picture/"))
    assert answer["isBase64Encoded"]
    assert base64.b64decode(answer["body"]) == b"\x89PNG\xff"


def test_a_bug_is_answered_with_a_page_without_a_traceback(web: None) -> None:
    answer = handler(request("/broken/"))
    assert answer["statusCode"] == 500
    assert "as told" not in answer["body"]
    assert "Traceback" not in answer["body"]


# Our word ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("said", [None, "", "wrong", "new,old", "new "])
def test_direct_calls_of_the_http_api_are_refused(web: None, said: str | None) -> None:
    headers = {} if said is None else {"x-origin-secret": said}
    with override_settings(ORIGIN_SECRET="new,old"):
        for url in ("/told/", "/healthz", "/nowhere/"):
            assert handler(request(url, headers=headers))["statusCode"] == 403


@pytest.mark.parametrize("said", ["new", "old"])
def test_both_secrets_are_valid_during_a_rotation(web: None, said: str) -> None:
    with override_settings(ORIGIN_SECRET="new,old"):
        answer = handler(request(headers={"x-origin-secret": said}))
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["word"] is None


def test_the_clients_address_is_the_one_that_cloudfront_appended(web: None) -> None:
    forwarded = {"x-forwarded-for": "6.6.6.6, 198.51.100.7, 203.0.113.9"}
    with override_settings(ORIGIN_SECRET="word"):
        answer = handler(request(headers={"x-origin-secret": "word", **forwarded}))
    assert json.loads(answer["body"])["address"] == "198.51.100.7"
    answer = handler(request(headers=forwarded))  # anybody may have written that
    assert json.loads(answer["body"])["address"] == "203.0.113.9"


# Commands ---------------------------------------------------------------------------------------
def test_a_step_is_run(worker: None) -> None:
    assert handler({"command": "repeat", "input": {"word": "fox"}}) == "fox"


def test_a_type_error_is_not_retried_with_fewer_arguments(worker: None) -> None:
    stumbled.clear()
    with pytest.raises(StepFailed, match="half done"):
        handler({"command": "stumble", "input": {"job": 1}})
    assert stumbled == [{"job": 1}]
    with pytest.raises(StepFailed, match="unexpected keyword"):
        handler({"command": "repeat", "input": {"word": "fox", "more": 1}})


def test_one_failed_message_does_not_repeat_the_others(worker: None) -> None:
    good = {"messageId": "1", "body": '{"command": "repeat", "input": {"word": "fox"}}'}
    bad = {"messageId": "2", "body": '{"command": "os.system", "input": {"command": "id"}}'}
    assert handler({"Records": [good, bad]}) == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def test_messages_cannot_run_operator_commands(worker: None) -> None:
    event = {"command": "try", "input": {"word": "fox"}}
    assert handler(event) == "fox"
    message = {"messageId": "1", "body": json.dumps(event)}
    assert handler({"Records": [message]}) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_the_touch_event_is_answered_with_an_empty_object(worker: None) -> None:
    assert handler({"command": "touch"}) == {}


def test_the_web_function_answers_the_touch_event_too(web: None) -> None:
    assert handler({"command": "touch"}) == {}


NOT_FOR_THE_WORKER = [
    None,
    [],
    "raw_command",
    {},
    {"raw_command": "import os; os.abort()"},
    {"manage": "flush --no-input"},
    {"command": "os.abort"},
    {"command": "generation.tasks.sweep", "input": {}},
    {"command": None},
    {"command": ["repeat"]},
    {"command": "repeat", "input": {"word": "fox"}, "raw_command": "1"},
    {"Records": "repeat"},
    {"Records": [{"s3": {}}]},
    {"Records": [], "command": "repeat"},
    {"detail-type": "Scheduled Event", "resources": ["arn:aws:events:::rule/x-os.abort"]},
    {"bot": "x"},
    {"type": "TOKEN"},
    {"triggerSource": "PreSignUp"},
    {"awslogs": {}},
    {"httpMethod": "GET", "path": "/"},
    request(),
]
NOT_FOR_THE_SITE = [
    *[event for event in NOT_FOR_THE_WORKER if event != request()],
    {"command": "repeat", "input": {"word": "fox"}},
    {"Records": []},
    {"version": "2.0"},
    {"version": "2.0", "rawPath": "/", "headers": None, "requestContext": {"http": {}}},
]


@pytest.fixture
def refused(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Callable[[Any], None]:
    def is_refused(event: Any) -> None:
        with pytest.raises(RefusedEvent):
            handler(event)
        assert [r.levelno for r in caplog.records] == [logging.ERROR]
        counted = json.loads(capsys.readouterr().out)
        assert counted["RefusedEvents"] == 1
        assert counted["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] == "RefusedEvents"

    return is_refused


@pytest.mark.parametrize("event", NOT_FOR_THE_WORKER, ids=repr)
def test_the_worker_refuses_logs_and_counts_unknown_events(
    worker: None, refused: Callable, event: Any
) -> None:
    refused(event)


@pytest.mark.parametrize("event", NOT_FOR_THE_SITE, ids=repr)
def test_the_web_function_refuses_logs_and_counts_unknown_events(
    web: None, refused: Callable, event: Any
) -> None:
    refused(event)
