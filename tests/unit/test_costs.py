"""The month's bill adds up, names its sources, and says where the proposal was wrong."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from aptmagic import costs
from aptmagic.costs import Bill, Volumes


def test_five_thousand_pictures_are_two_hundred_dollars() -> None:
    lines = {line.name: line.amount for line in Bill(Volumes()).lines}
    assert lines["Pictures"] == Decimal("200.00")
    assert sum(lines.values()) == Bill(Volumes()).total


def test_a_picture_with_its_moderation_is_dearer_than_bedrock_alone() -> None:
    assert Decimal("0.0410") < Bill(Volumes()).a_picture < Decimal("0.0415")


def test_nothing_runs_when_nobody_comes() -> None:
    idle = Bill(Volumes(pictures=0, pages=0, people=0, stored_gb=0))
    assert {line.name for line in idle.lines if line.amount} == {"Watching"}
    assert idle.total < 3


def test_every_price_has_a_source_on_aws() -> None:
    for line in Bill(Volumes()).lines:
        assert line.sources and all(s.startswith("https://aws.amazon.com/") for s in line.sources)


def test_what_is_free_each_month_is_taken_off_once() -> None:
    many = {line.name: line.amount for line in Bill(Volumes(pictures=100_000)).lines}
    gb_seconds = 100_000 * costs.Usage.PICTURE_GB_SECONDS - 400_000
    transitions = 100_000 * costs.Usage.PICTURE_TRANSITIONS - 4_000
    exact = gb_seconds * costs.price("lambda_gb_second") + transitions * costs.price(
        "step_transition"
    )
    assert many["Work"] == costs.cents(exact)


def test_each_difference_from_the_proposal_has_a_reason() -> None:
    for each in costs.differences(Bill(Volumes())):
        assert each.why and (each.proposed != each.ours)


def test_the_command_prints_the_bill() -> None:
    said = StringIO()
    call_command("cost", "--pictures=100", stdout=said)
    assert "100 pictures at $0.04" in said.getvalue() and "Total" in said.getvalue()
    with pytest.raises(CommandError):
        call_command("cost", "--pages=-1", stdout=said)


def test_the_page_works_it_out_for_volumes_in_its_address(client: Client) -> None:
    page = client.get("/costs/?pictures=1000")
    assert page.status_code == 200 and "1,000 pictures at $0.04" in page.text
    assert "$3,000" in page.text or "3000.00" in page.text


@pytest.mark.parametrize("query", ["pictures=-1", "pages=many", "people=1e400", "stored_gb="])
def test_a_volume_that_is_none_is_said_and_the_usual_bill_shown(client: Client, query: str) -> None:
    page = client.get(f"/costs/?{query}")
    assert page.status_code == 422 and "5,000 pictures" in page.text
