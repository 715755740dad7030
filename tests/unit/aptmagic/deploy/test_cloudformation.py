"""How the outcome of a stack operation is read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from botocore.stub import Stubber
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import cloudformation
from aptmagic.deploy.errors import DeploymentError

STACK = "trial-aptmagic-data"
CHANGE_SET = {"ChangeSetId": "arn:aws:cloudformation:us-east-1:123456789012:changeSet/deploy-1/x"}
TODAY = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def cloudformation_stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr("botocore.waiter.time.sleep", lambda _: None)
    clients.reset_clients()
    with Stubber(clients.client("cloudformation", settings.AWS_REGION)) as stub:
        yield stub
        stub.assert_no_pending_responses()
    clients.reset_clients()


def status(stub: Stubber, status: str) -> None:
    stack = {"StackName": STACK, "StackStatus": status, "CreationTime": TODAY}
    stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": STACK})


def event(number: int, resource: str, status: str, reason: str = "") -> dict[str, Any]:
    return {
        "StackId": STACK,
        "EventId": str(number),
        "StackName": STACK,
        "Timestamp": TODAY,
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        **({"ResourceStatusReason": reason} if reason else {}),
    }


def update() -> None:
    cloudformation._execute("trial", "data", CHANGE_SET, new=False)


def test_a_failed_update_names_the_first_failure_of_this_update(
    cloudformation_stub: Stubber,
) -> None:
    events = [
        event(5, "Topic", "UPDATE_FAILED", "Resource creation cancelled"),
        event(4, "Queue", "UPDATE_FAILED", "the name is taken"),
        event(3, STACK, "UPDATE_IN_PROGRESS", "User Initiated"),
        event(2, "Table", "CREATE_FAILED", "a failure of last year"),
        event(1, STACK, "CREATE_IN_PROGRESS", "User Initiated"),
    ]
    cloudformation_stub.add_response("execute_change_set", {})
    status(cloudformation_stub, "UPDATE_IN_PROGRESS")
    status(cloudformation_stub, "UPDATE_ROLLBACK_COMPLETE")
    cloudformation_stub.add_response("describe_stack_events", {"StackEvents": events})
    with pytest.raises(DeploymentError, match=f"^{STACK}: Queue: the name is taken$"):
        update()


def test_an_update_is_waited_for(cloudformation_stub: Stubber) -> None:
    cloudformation_stub.add_response("execute_change_set", {})
    for each in ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"):
        status(cloudformation_stub, each)
    update()


def test_a_service_error_is_not_taken_for_a_failed_update(cloudformation_stub: Stubber) -> None:
    cloudformation_stub.add_response("execute_change_set", {})
    cloudformation_stub.add_client_error("describe_stacks", "AccessDenied")
    with pytest.raises(WaiterError, match="AccessDenied"):
        update()
