"""Deploys `infra/` to a stage: looks at everything first, then brings up stack after stack."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import cloudformation, templates
from aptmagic.deploy.cloudformation import Say
from aptmagic.deploy.templates import CannotDeploy

STAGE = re.compile(r"[a-z][a-z0-9-]{2,19}")
# Before CloudFront has a name nobody knows the site's; Cognito and buckets want one that is https.
NOT_YET = "https://not-yet.invalid"


def usual(stage: str) -> tuple[str, ...]:
    """The templates that a deployment brings up when nobody says which."""
    if stage == "local":
        return tuple(name for name in templates.ORDER if name not in templates.NOT_ON_A_LAPTOP)
    return tuple(name for name in templates.ORDER if _is_usual(stage, name))


def _is_usual(stage: str, name: str) -> bool:
    if name == templates.ACCOUNT:
        return False
    return name not in templates.ON_REQUEST or bool(cloudformation.describe(stage, name))


def deploy(
    stage: str,
    *,
    only: Sequence[str] | None = None,
    given: Mapping[str, str] | None = None,
    before: Mapping[str, Callable[[Mapping[str, str]], object]] | None = None,
    say: Say = print,
) -> dict[str, str]:
    """Bring the stacks up to the templates and give all outputs.

    `given` are parameters, over those of infra/stages.toml. `before` names things to do with the
    outputs so far before a template's turn: the workflow's queue mappings need a function that
    somebody else brings.
    """
    _check(stage, only or ())
    chosen = only or usual(stage)
    said = {**templates.stage_parameters(stage, *chosen), **(given or {})}
    outputs = all_outputs(stage)
    _check_ahead(stage, chosen, said, outputs)
    url = _site_url(stage, said, outputs)
    for name in templates.ORDER:
        if name in chosen:
            if before and name in before:
                before[name](outputs)
            values = templates.values(stage, name, {**outputs, **said, "SiteUrl": url})
            cloudformation.deploy_stack(stage, name, values, say)
        outputs |= cloudformation.outputs(stage, name)
    if outputs.get("SiteUrl", url) != url:
        # The first time nobody knows CloudFront's name before it is there.
        for name in [name for name in ("data", "identity") if name in chosen]:
            values = templates.values(stage, name, {**outputs, **said})
            cloudformation.deploy_stack(stage, name, values, say)
    if "mail" in chosen:
        _say_sandbox(outputs, say)
    return outputs


def check(stage: str) -> None:
    """Whatever would keep the usual stacks from being deployed, as far as it can be known."""
    outputs = all_outputs(stage)
    _check_ahead(stage, usual(stage), templates.stage_parameters(stage), outputs)


def all_outputs(stage: str) -> dict[str, str]:
    _check(stage, ())
    found: dict[str, str] = {}
    for name in templates.ORDER:
        found |= cloudformation.outputs(stage, name)
    return found


# Before anything changes ------------------------------------------------------------------------
def _check(stage: str, only: Sequence[str]) -> None:
    if not STAGE.fullmatch(stage):
        raise CannotDeploy(
            f"'{stage}' is no stage: use 3 to 20 lower-case letters, digits and hyphens."
        )
    if unknown := [name for name in only if name not in templates.ORDER]:
        raise CannotDeploy(
            f"There is no template '{unknown[0]}'; there are {', '.join(templates.ORDER)}."
        )
    if stage == "local" and not settings.AWS_ENDPOINT_URL:
        raise CannotDeploy("The stage 'local' lives in the embedded cloud: start it with make run.")
    endpoint = settings.AWS_ENDPOINT_URL
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise CannotDeploy(
            f"AWS_ENDPOINT_URL is '{endpoint}': write it like http://127.0.0.1:4566."
        )
    try:
        _check_regions()
        clients.client("sts").get_caller_identity()
    except NoCredentialsError as error:
        raise CannotDeploy(
            "There are no AWS credentials here: sign in with the AWS CLI, or set AWS_PROFILE."
        ) from error
    except (BotoCoreError, ClientError) as error:
        raise CannotDeploy(f"AWS does not let us in: {error}") from error


def _check_regions() -> None:
    for variable in ("AWS_REGION", "BEDROCK_REGION"):
        region = getattr(settings, variable)
        if region not in _regions():
            raise CannotDeploy(f"{variable} is '{region}', which is no region of AWS.")


@cache
def _regions() -> frozenset[str]:
    return frozenset(boto3.session.Session().get_available_regions("cloudformation"))


def _check_ahead(
    stage: str, chosen: Sequence[str], said: Mapping[str, str], outputs: Mapping[str, str]
) -> None:
    """Everything that can be known before the first change: a half deployment helps nobody."""
    there = [name for name in templates.ORDER if (templates.FOLDER / f"{name}.yaml").exists()]
    every = {name: templates.parameters(name) for name in there}
    if unknown := said.keys() - {key for declared in every.values() for key in declared}:
        raise CannotDeploy(f"No template has a parameter '{min(unknown)}'; see infra/stages.toml.")
    to_come = {*outputs, *templates.default_parameters(stage), "SiteUrl"}
    for name in [name for name in templates.ORDER if name in chosen]:
        for key, declared in every[name].items():
            _check_value(key, declared, said)
            if not declared.has_default and key not in {*said, *to_come}:
                raise CannotDeploy(
                    f"{templates.stack_name(stage, name)} needs {key}: deploy the "
                    f"stacks before it, or say it in infra/stages.toml under [{stage}]."
                )
        to_come |= templates.outputs(name)
        cloudformation.check_state(stage, name)
    if templates.ACCOUNT in chosen:
        _check_account(stage, said)
    if "edge" in chosen and (domain := said.get("DomainName")):
        _check_domain(domain, said.get("HostedZoneId", ""))


def _check_value(key: str, declared: templates.Parameter, said: Mapping[str, str]) -> None:
    if key in said and declared.pattern and not re.fullmatch(declared.pattern, said[key]):
        raise CannotDeploy(
            f"{key} '{said[key]}' will not do: it has to be "
            f"{declared.described or 'like ' + declared.pattern}."
        )


def _check_account(stage: str, said: Mapping[str, str]) -> None:
    """An account may have had a detector and a trail before us; CloudFormation would fail late."""
    if settings.AWS_ENDPOINT_URL or cloudformation.describe(stage, templates.ACCOUNT):
        return
    region = templates.region(templates.ACCOUNT)
    if (
        said.get("GuardDuty") != "off"
        and clients.client("guardduty").list_detectors()["DetectorIds"]
    ):
        raise CannotDeploy(
            f"This account has a GuardDuty detector in {region} already, and can have one: "
            'write GuardDuty = "off" under [account] in infra/stages.toml.'
        )
    trails = clients.client("cloudtrail").describe_trails()["trailList"]
    if said.get("Trail") != "off" and trails:
        raise CannotDeploy(
            f"This account has the trail {trails[0]['Name']} already, and the same events in a "
            'second one cost $2 for 100,000: write Trail = "off" under [account] in '
            "infra/stages.toml."
        )


def _check_domain(domain: str, zone: str) -> None:
    if not zone:
        raise CannotDeploy("DomainName needs HostedZoneId, the Route 53 zone that holds it.")
    try:
        found = clients.client("route53").get_hosted_zone(Id=zone)["HostedZone"]["Name"].rstrip(".")
    except ClientError as error:
        raise CannotDeploy(f"There is no Route 53 zone '{zone}' in this account.") from error
    if domain != found and not domain.endswith(f".{found}"):
        raise CannotDeploy(f"The Route 53 zone '{zone}' is for {found}, and not for {domain}.")


def _site_url(stage: str, said: Mapping[str, str], outputs: Mapping[str, str]) -> str:
    """The site's address, as far as it is known. A laptop's site is where its settings say."""
    if domain := said.get("DomainName"):
        return f"https://{domain}"
    return outputs.get("SiteUrl", settings.SITE_URL if stage == "local" else NOT_YET)


def _say_sandbox(outputs: Mapping[str, str], say: Say) -> None:
    """A new account's SES takes letters and sends them to nobody but verified addresses."""
    if settings.AWS_ENDPOINT_URL or "MailDomain" not in outputs:
        return
    if not clients.client("sesv2").get_account().get("ProductionAccessEnabled"):
        say(
            f"SES in {settings.AWS_REGION} is in the sandbox: only verified addresses get letters. "
            "Ask for production access in SES's console, under Account dashboard."
        )


# As settings read it ----------------------------------------------------------------------------
def environment(stage: str, outputs: Mapping[str, str] | None = None) -> dict[str, str]:
    """The stage's outputs as the environment variables that settings read."""
    found = outputs if outputs is not None else all_outputs(stage)
    variables = {_variable(key): _reachable(key, value) for key, value in found.items()}
    variables["STAGE"] = stage
    variables["MEDIA_URL"] = _media_url(variables)
    if {"COGNITO_POOL_ID", "COGNITO_CLIENT_ID"} <= variables.keys():
        variables["COGNITO_CLIENT_SECRET"] = _client_secret(variables)
    return {**variables, **_secrets(variables)}


def _variable(output: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", output).upper()


def _reachable(output: str, value: str) -> str:
    """The embedded cloud may answer at another port than when it made its queues."""
    endpoint = settings.AWS_ENDPOINT_URL
    return endpoint + urlsplit(value).path if endpoint and output.endswith("QueueUrl") else value


def _media_url(variables: Mapping[str, str]) -> str:
    """Where CloudFront stands it reads the public bucket; else the browser does."""
    endpoint = settings.AWS_ENDPOINT_URL
    return f"{endpoint}/{variables.get('PUBLIC_BUCKET', '')}/" if endpoint else "/media/"


def _secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """What Secrets Manager made up: to sign with, and to know CloudFront by."""
    found: dict[str, str] = {}
    if arn := variables.get("SITE_SECRET_ARN"):
        found |= _secret(arn)
    if arn := variables.get("ORIGIN_SECRET_ARN"):
        words = _secret(arn)
        found["ORIGIN_SECRET"] = ",".join(filter(None, (words["current"], words["previous"])))
    return found


def _secret(arn: str) -> dict[str, str]:
    said = clients.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return {name: str(value) for name, value in json.loads(said).items()}


def _client_secret(variables: Mapping[str, str]) -> str:
    client = clients.client("cognito-idp").describe_user_pool_client(
        UserPoolId=variables["COGNITO_POOL_ID"], ClientId=variables["COGNITO_CLIENT_ID"]
    )
    secret: str = client["UserPoolClient"]["ClientSecret"]
    return secret
