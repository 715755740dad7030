"""The monthly bill is right, and counts everything that is deployed."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from aptmagic.costs import bill
from aptmagic.costs.bill import Bill, Volumes
from aptmagic.deploy import billable_resources
from tests.templates import everything, resources

# As AWS's price pages said on 2026-10-01 (us-east-1; pictures in us-west-2).
DOCUMENTED = {
    "lambda_gb_second": "0.0000133334",  # Arm, first 7.5 billion GB-seconds
    "snapshot_gb_second": "0.0000015046",
    "snapshot_restored_gb": "0.0001397998",
    "lambda_request": "0.0000002",
    "http_api_request": "0.000001",
    "dynamodb_read": "0.000000125",
    "dynamodb_write": "0.000000625",
    "dynamodb_gb": "0.25",
    "s3_gb": "0.023",
    "s3_write": "0.000005",
    "s3_read": "0.0000004",
    "sqs_request": "0.0000004",
    "step_transition": "0.000025",
    "rekognition_picture": "0.001",
    "guardrail_text_unit": "0.00015",
    "log_gb": "0.50",
    "alarm": "0.10",
    "secret": "0.40",
    "key": "1.00",
    "guardduty_event": "0.000004",
    "cloudfront_free_plan": "0",
    "cognito_person": "0",
}


def test_prices_are_those_that_were_read_on_their_day() -> None:
    assert bill.DATA["as_of"] == "2026-10-01"
    assert {name: said[0] for name, said in bill.DATA["prices"].items()} == DOCUMENTED
    snapshot = bill.price("snapshot_gb_second") * 30 * 24 * 60 * 60
    assert bill.cents(snapshot) == Decimal("3.90")  # a version at 1 GB, a month


# Bills worked out with a pocket calculator; what they count is in the comments -------------------
BILLS = {
    # 5,000 pictures, 25,000 pages, 1,000 people, 10 GB; two stages
    Volumes(): {
        "Pictures": "200.00",  # 5,000 x 0.04
        "Moderation": "6.50",  # 5,000 x 0.001 + 5,000 x 2 policies x 0.00015
        "Workflow": "1.40",  # (60,000 - 4,000) x 0.000025; 135,136 GB-seconds are free
        "Pages": "0.03",  # 25,000 x 0.000001
        "SnapStart": "15.67",  # 2 x 2 x 1 GB x 2,592,000 s x 0.0000015046 + 500 x 0.0001397998
        "Database": "0.11",  # 140,000 x 0.000000625 + 150,000 x 0.000000125
        "Storage": "0.68",  # 21 x 0.023 + 35,000 x 0.000005 + 50,000 x 0.0000004
        "Queues": "1.67",  # (2 x 4 x 648,000 - 1,000,000) x 0.0000004
        "Users": "0.00",
        "CDN": "0.00",
        "Monitoring": "6.40",  # (28 - 10) x 0.10 + 4 x 0.40 + 2 x 1 + 250,000 x 0.000004
    },
    # one stage that nobody comes to
    Volumes(pictures=0, pages=0, people=0, stored_gb=0, stages=1): {
        "Pictures": "0.00",
        "Moderation": "0.00",
        "Workflow": "0.00",  # 43,920 calls of the clock x 0.2 s x 2 GB are free
        "Pages": "0.00",
        "SnapStart": "7.80",  # 2 x 1 GB x 2,592,000 s x 0.0000015046
        "Database": "0.00",
        "Storage": "0.00",
        "Queues": "0.64",  # (4 x 648,000 - 1,000,000) x 0.0000004
        "Users": "0.00",
        "CDN": "0.00",
        "Monitoring": "3.20",  # (14 - 10) x 0.10 + 2 x 0.40 + 1 + 1
    },
    # beyond everything that is free; the dearest model
    Volumes(100_000, Decimal("0.14"), 10_000_000, 5_000, 500, 1): {
        "Pictures": "14000.00",
        "Moderation": "130.00",  # 100 + 200,000 x 0.00015
        # (1,000,000 s + 8,784 s) x 2 GB - 400,000 = 1,617,568 x 0.0000133334 = 21.5677
        # (1,200,000 - 4,000) x 0.000025 = 29.90
        "Workflow": "51.47",
        # 10 + (10,543,920 - 1,000,000) x 0.0000002 + 1,000,000 GB-seconds x 0.0000133334
        "Pages": "25.24",
        "SnapStart": "35.76",  # 7.7999 + 200,000 x 0.0001397998
        "Database": "4.31",  # 2,500,000 x 0.000000625 + 22,000,000 x 0.000000125
        "Storage": "20.46",  # 720 x 0.023 + 700,000 x 0.000005 + 1,000,000 x 0.0000004
        "Queues": "0.64",  # as above
        "Users": "0.00",
        "CDN": "0.00",
        "Monitoring": "5.70",  # (10 - 5) x 0.50 + 4 x 0.10 + 0.80 + 1 + 1
    },
}


@pytest.mark.parametrize("volumes", BILLS, ids=["usual", "idle", "much"])
def test_the_bill_is_what_a_pocket_calculator_says(volumes: Volumes) -> None:
    bill, expected = Bill(volumes), BILLS[volumes]
    assert {line.name: str(line.amount) for line in bill.lines} == expected
    assert bill.total == sum(map(Decimal, expected.values()))


def test_a_picture_costs_what_it_is_drawn_and_judged_for() -> None:
    assert Bill(Volumes()).a_picture == Decimal("0.0413")  # 0.04 + 0.001 + 2 x 0.00015


# What is counted ----------------------------------------------------------------------------------
def test_what_is_counted_is_what_the_templates_and_zappas_settings_say() -> None:
    """`manage.py cost --count` counts anew."""
    assert billable_resources.count() == bill.RESOURCES


def test_alarms_secrets_and_keys_are_those_of_a_yaml_reader() -> None:
    for name, kind in (
        ("alarms", "AWS::CloudWatch::Alarm"),
        ("secrets", "AWS::SecretsManager::Secret"),
        ("keys", "AWS::KMS::Key"),
        ("polled_queues", "AWS::Lambda::EventSourceMapping"),
    ):
        assert bill.RESOURCES[name] == len(resources(kind))
    [firewall] = resources("AWS::WAFv2::WebACL").values()
    assert bill.RESOURCES["firewall_rules"] == len(firewall["Properties"]["Rules"])
    rates = [s["Properties"]["ScheduleExpression"] for s in resources(SCHEDULE).values()]
    a_day = {
        "rate(1 minute)": 1_440,
        "rate(1 hour)": 24,
        "rate(7 days)": 0,
    }  # one in a week is none
    assert bill.RESOURCES["scheduled_calls_a_day"] == sum(a_day[rate] for rate in rates)


SCHEDULE = "AWS::Scheduler::Schedule"


def test_every_type_of_resource_has_a_line_or_a_reason_to_be_free() -> None:
    there = {resource["Type"] for resource in everything().values()}
    named = [*billable_resources.BILLED, *billable_resources.OPTIONAL, *billable_resources.FREE]
    assert len(named) == len(set(named))
    assert there - set(named) == set(), "say in aptmagic/deploy/billable_resources.py what it costs"
    assert set(named) - there == set(), "nothing of this type is left"
    lines = {line.name for line in Bill(Volumes()).lines}
    assert set(billable_resources.BILLED.values()) <= lines
    assert set(billable_resources.OPTIONAL.values()) <= {
        each["name"] for each in bill.DATA["optional"]
    }
    assert all(billable_resources.FREE.values())


def test_the_firewall_without_a_plan_is_priced_by_its_rules() -> None:
    prices = {each["name"]: Decimal(each["price"]) for each in bill.DATA["optional"]}
    rules = bill.RESOURCES["firewall_rules"]
    assert prices["CloudFront without a pricing plan"] == 5 + rules  # $5, and $1 for each


def test_the_processor_that_is_priced_is_the_one_that_is_asked_for() -> None:
    for function in bill.RESOURCES["functions"].values():
        assert bill.note("lambda_gb_second").startswith(function["architecture"])


# The page and the command -------------------------------------------------------------------------
def test_every_price_has_a_source_on_aws() -> None:
    for line in Bill(Volumes()).lines:
        assert line.sources and all(s.startswith("https://aws.amazon.com/") for s in line.sources)


def test_the_command_prints_the_bill() -> None:
    said = StringIO()
    call_command("cost", "--pictures=100", stdout=said)
    assert "100 pictures at $0.04" in said.getvalue() and "Total" in said.getvalue()
    assert "Each picture costs $0.0413, including moderation." in said.getvalue()
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
