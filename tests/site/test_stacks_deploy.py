"""Every template is deployed to an embedded cloud, and its resources work there."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id
from aptmagic.deploy import cloudformation, errors, infra, stacks
from aptmagic.local import worker_function
from tests.embedded_cloud import EmbeddedCloud

STAGE = "trial"
GIVEN = {
    "AlarmEmail": "ops@example.org",
    "Repository": "aptmagic/aptmagic",
    "ConnectionArn": "arn:aws:codeconnections:us-east-1:000000000000:connection/"
    "11111111-2222-3333-4444-555555555555",
    **{f"{name}Endpoint": "on" for name in ("Bedrock", "States", "Queues", "Topics", "Logs")},
}


@pytest.fixture(scope="module")
def environment(new_cloud: Callable[[], EmbeddedCloud]) -> Iterator[dict[str, str]]:
    """The outputs of a stage with all templates, in an embedded cloud of its own."""
    with new_cloud().attached():
        yield deploy()


def deploy(stage: str = STAGE, *, printed: list[str] | None = None, **more: str) -> dict[str, str]:
    echo = printed.append if printed is not None else lambda _: None
    return worker_function.deploy(stage, only=infra.ORDER, given={**GIVEN, **more}, echo=echo)


def test_every_template_is_deployed(environment: dict[str, str]) -> None:
    for name in infra.ORDER:
        stack = cloudformation.describe(STAGE, name)
        assert stack and stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), name


def test_a_second_deployment_changes_nothing(environment: dict[str, str]) -> None:
    printed: list[str] = []
    deploy(printed=printed)
    assert printed == []


# Edge and secrets -------------------------------------------------------------------------------
def distribution(environment: dict[str, str]) -> Any:
    cloudfront = clients.client("cloudfront")
    found = cloudfront.get_distribution_config(Id=environment["DISTRIBUTION_ID"])
    return found["DistributionConfig"]


def cloudfronts_secret(environment: dict[str, str]) -> str:
    [site] = [o for o in distribution(environment)["Origins"]["Items"] if o["Id"] == "site"]
    [header] = site["CustomHeaders"]["Items"]
    assert header["HeaderName"] == "X-Origin-Secret"
    return str(header["HeaderValue"])


def test_cloudfront_and_the_site_share_the_origin_secret(environment: dict[str, str]) -> None:
    secret = stacks.environment(STAGE)["ORIGIN_SECRET"].split(",")[0]
    assert len(secret) == 48
    assert cloudfronts_secret(environment) == secret
    assert len(environment["SECRET_KEY"]) == 64


def test_the_distribution_has_the_firewall(environment: dict[str, str]) -> None:
    assert f"{STAGE}-edge" in distribution(environment)["WebACLId"]


def test_uploads_are_allowed_from_cloudfronts_domain(environment: dict[str, str]) -> None:
    """Which did not exist yet when the bucket was created."""
    assert re.fullmatch(r"https://\w+\.cloudfront\.net", environment["SITE_URL"])
    rules = clients.client("s3").get_bucket_cors(Bucket=environment["PRIVATE_BUCKET"])["CORSRules"]
    assert rules[0]["AllowedOrigins"] == [environment["SITE_URL"]]


def test_rotating_the_origin_secret_refuses_no_requests(
    environment: dict[str, str],
) -> None:
    old = environment["ORIGIN_SECRET"]
    create_or_update_site(old, environment)
    token = "1" * 32
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        rotate(step, environment, token)
        # At every step the site accepts the secret that CloudFront sends.
        assert cloudfronts_secret(environment) in secrets_of_the_site()
    new = cloudfronts_secret(environment)
    assert new != old
    assert stacks.environment(STAGE)["ORIGIN_SECRET"] == f"{new},{old}"
    assert secrets_of_the_site() == [new, old]
    rotate("finishSecret", environment, token)  # Secrets Manager may repeat a step
    assert cloudfronts_secret(environment) == new

    # Nothing is published while a release is in progress.
    create_or_update_site(new, environment, code="# the next release")
    rotate("createSecret", environment, "2" * 32)
    with pytest.raises(AssertionError, match="the newest code is not live"):
        rotate("setSecret", environment, "2" * 32)


def rotate(step: str, environment: dict[str, str], token: str) -> None:
    event = {
        "Step": step,
        "SecretId": environment["ORIGIN_SECRET_ARN"],
        "ClientRequestToken": token,
    }
    answer = clients.client("lambda").invoke(
        FunctionName=f"{STAGE}-rotate-origin", Payload=json.dumps(event)
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def create_or_update_site(secret: str, environment: dict[str, str], *, code: str = "#") -> None:
    functions = clients.client("lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("site.py", code)
    package = {"ZipFile": packed.getvalue()}
    name = f"{STAGE}-web"
    if any(f["FunctionName"] == name for f in functions.list_functions()["Functions"]):
        functions.update_function_code(FunctionName=name, **package)
        return
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="site.handler",
        Role=environment["WEB_ROLE_ARN"],
        Code=package,
        Environment={"Variables": {"ORIGIN_SECRET": secret, "STAGE": STAGE}},
    )
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)


def secrets_of_the_site() -> list[str]:
    live = clients.client("lambda").get_function_configuration(
        FunctionName=f"{STAGE}-web", Qualifier="live"
    )
    assert live["Environment"]["Variables"]["STAGE"] == STAGE
    return str(live["Environment"]["Variables"]["ORIGIN_SECRET"]).split(",")


# Mistakes are reported before anything changes ----------------------------------------------------
@pytest.mark.parametrize(
    ("given", "only", "sentence"),
    [
        ({"AlarmMail": "a@example.org"}, "observability", "No template has a parameter"),
        ({"AlarmEmail": "nobody"}, "observability", "it has to be an e-mail address"),
        ({"DomainName": "Not a name"}, "edge", "it has to be a domain such as"),
        ({"DomainName": "art.example.org"}, "edge", "DomainName needs HostedZoneId"),
        ({"DomainName": "art.example.org", "HostedZoneId": "Z0"}, "edge", "no Route 53 zone 'Z0'"),
        ({}, "delivery", "delivery needs ConnectionArn: deploy the stacks before it, or set it"),
    ],
)
def test_an_invalid_parameter_is_reported_before_anything_changes(
    environment: dict[str, str], given: dict[str, str], only: str, sentence: str
) -> None:
    stage = "other"
    before = infra.ORDER[1 : infra.ORDER.index("workflow")]  # what `only` asks outputs of
    with pytest.raises(errors.DeploymentError, match=sentence) as refused:
        stacks.deploy(stage, only=[*before, only], given=given)
    assert "\n" not in str(refused.value)
    assert not any(cloudformation.describe(stage, name) for name in infra.ORDER[1:])


def test_a_domain_outside_of_its_zone_is_reported(environment: dict[str, str]) -> None:
    made = clients.client("route53").create_hosted_zone(
        Name="example.net", CallerReference=new_id()
    )
    zone = made["HostedZone"]["Id"].rpartition("/")[2]
    with pytest.raises(errors.DeploymentError, match=r"is for example\.net, not for art"):
        deploy(DomainName="art.example.org", HostedZoneId=zone)


@override_settings(AWS_REGION="us-oast-1")
def test_an_unknown_region_is_reported(environment: dict[str, str]) -> None:
    with pytest.raises(
        errors.DeploymentError, match="AWS_REGION is 'us-oast-1', which is not an AWS region"
    ):
        stacks.deploy(STAGE)


def test_a_failed_creation_comes_with_the_command_to_recover(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    stage = "third"
    monkeypatch.setattr(infra, "FOLDER", tmp_path)
    monkeypatch.setattr(infra, "ORDER", ("data",))
    (tmp_path / "data.yaml").write_text(
        "Resources:\n  Alarm:\n    Type: AWS::CloudWatch::Alarm\n"
        "    Properties: {Metrics: [{Id: unknown}]}\n"
    )
    with pytest.raises(errors.DeploymentError, match="third-aptmagic-data: "):
        stacks.deploy(stage)
    with pytest.raises(errors.DeploymentError) as refused:
        stacks.deploy(stage)
    assert "ROLLBACK_COMPLETE: its creation failed" in str(refused.value)
    assert "delete-stack --region us-east-1 --stack-name third-aptmagic-data" in str(refused.value)


# A domain -----------------------------------------------------------------------------------------
def test_a_domain_gets_a_certificate_and_dns_records(environment: dict[str, str]) -> None:
    made = clients.client("route53").create_hosted_zone(
        Name="example.org", CallerReference=new_id()
    )
    zone = made["HostedZone"]["Id"].rpartition("/")[2]
    given = deploy("fourth", DomainName="art.example.org", HostedZoneId=zone)
    assert given["SITE_URL"] == "https://art.example.org"
    assert distribution(given)["Aliases"]["Items"] == ["art.example.org"]
    records = clients.client("route53").list_resource_record_sets(HostedZoneId=zone)
    names = {(r["Name"].rstrip("."), r["Type"]) for r in records["ResourceRecordSets"]}
    assert {("art.example.org", "A"), ("art.example.org", "AAAA")} <= names


def test_managed_login_redirects_to_cloudfronts_domain(
    environment: dict[str, str],
) -> None:
    """Which did not exist yet when the client was created."""
    given = deploy("fifth", LoginDomain="my-pictures")
    client = clients.client("cognito-idp").describe_user_pool_client(
        UserPoolId=given["COGNITO_POOL_ID"], ClientId=given["COGNITO_CLIENT_ID"]
    )["UserPoolClient"]
    assert client["CallbackURLs"] == [f"{given['SITE_URL']}/sign-in/back/"]
    assert given["SITE_URL"].endswith(".cloudfront.net")
