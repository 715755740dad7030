"""Deploys the templates of `infra/` to a stage: validates them all, then deploys them in turn."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import Echo, cloudformation, infra
from aptmagic.deploy.errors import DeploymentError

STAGE_NAME = re.compile(r"[a-z][a-z0-9-]{2,19}")
# Cognito and S3 want an https URL before CloudFront has given the site its name.
PLACEHOLDER_URL = "https://not-yet.invalid"


def default_templates(stage: str) -> tuple[str, ...]:
    """The templates that are deployed when none are named, in their order."""
    if stage == "local":
        return tuple(name for name in infra.ORDER if name not in infra.NOT_ON_A_LAPTOP)
    return tuple(name for name in infra.ORDER if _is_default(stage, name))


def _is_default(stage: str, name: str) -> bool:
    if name == infra.ACCOUNT:
        return False
    return name not in infra.ON_REQUEST or bool(cloudformation.describe(stage, name))


def deploy(
    stage: str,
    *,
    only: Sequence[str] | None = None,
    given: Mapping[str, str] | None = None,
    before: Mapping[str, Callable[[Mapping[str, str]], object]] | None = None,
    echo: Echo = print,
) -> dict[str, str]:
    """Create or update the stacks; the outputs of all of them. Raises DeploymentError.

    `given` are parameters, which override those of infra/stages.toml. `before` has functions to
    call, with the outputs so far, before a template is deployed: the mappings of the queues need
    a Lambda function that no template creates.
    """
    _check_access(stage, only or ())
    chosen = only or default_templates(stage)
    parameters = {**infra.stage_parameters(stage, *chosen), **(given or {})}
    outputs = all_outputs(stage)
    _check_templates(stage, chosen, parameters, outputs)
    url = _known_site_url(stage, parameters, outputs)
    for name in infra.ORDER:
        if name in chosen:
            if before and name in before:
                before[name](outputs)
            values = infra.values(stage, name, {**outputs, **parameters, "SiteUrl": url})
            cloudformation.deploy_stack(stage, name, values, echo)
        outputs |= cloudformation.outputs(stage, name)
    if outputs.get("SiteUrl", url) != url:
        # The first deployment learns the site's URL from CloudFront, after these two need it.
        for name in [name for name in ("data", "identity") if name in chosen]:
            values = infra.values(stage, name, {**outputs, **parameters})
            cloudformation.deploy_stack(stage, name, values, echo)
    if "mail" in chosen:
        _warn_about_ses_sandbox(outputs, echo)
    return outputs


def check(stage: str) -> None:
    """Raises DeploymentError for what would stop a deployment, as far as it can be known."""
    outputs = all_outputs(stage)
    parameters = infra.stage_parameters(stage)
    _check_templates(stage, default_templates(stage), parameters, outputs)


def all_outputs(stage: str) -> dict[str, str]:
    """The outputs of the stage's stacks. Raises DeploymentError without access to AWS."""
    _check_access(stage, ())
    found: dict[str, str] = {}
    for name in infra.ORDER:
        found |= cloudformation.outputs(stage, name)
    return found


def site_url(outputs: Mapping[str, str]) -> str:
    """The site's URL, or a placeholder before CloudFront exists."""
    return outputs.get("SiteUrl", PLACEHOLDER_URL)


# Checks before anything changes -----------------------------------------------------------------
def _check_access(stage: str, only: Sequence[str]) -> None:
    if not STAGE_NAME.fullmatch(stage):
        raise DeploymentError(
            f"'{stage}' is not a valid stage name: use 3 to 20 lower-case letters, digits and "
            "hyphens, starting with a letter."
        )
    if unknown := [name for name in only if name not in infra.ORDER]:
        raise DeploymentError(
            f"There is no template '{unknown[0]}'. Templates: {', '.join(infra.ORDER)}."
        )
    endpoint = settings.AWS_ENDPOINT_URL
    if stage == "local" and not endpoint:
        raise DeploymentError(
            "The stage 'local' exists in the embedded cloud only. Start it with make run."
        )
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise DeploymentError(
            f"AWS_ENDPOINT_URL is '{endpoint}'; it has to be a URL, like http://127.0.0.1:4566."
        )
    _check_credentials()


def _check_credentials() -> None:
    try:
        _check_regions()
        clients.client("sts").get_caller_identity()
    except NoCredentialsError as error:
        raise DeploymentError(
            "No AWS credentials found. Sign in with the AWS CLI, or set AWS_PROFILE."
        ) from error
    except (BotoCoreError, ClientError) as error:
        raise DeploymentError(f"Could not authenticate with AWS: {error}") from error


def _check_regions() -> None:
    for variable in ("AWS_REGION", "BEDROCK_REGION"):
        region = getattr(settings, variable)
        if region not in _regions():
            raise DeploymentError(f"{variable} is '{region}', which is not an AWS region.")


@cache
def _regions() -> frozenset[str]:
    return frozenset(boto3.session.Session().get_available_regions("cloudformation"))


def _check_templates(
    stage: str, chosen: Sequence[str], parameters: Mapping[str, str], outputs: Mapping[str, str]
) -> None:
    """Check parameters and stacks ahead, so that no deployment stops halfway for a known reason."""
    present = [name for name in infra.ORDER if (infra.FOLDER / f"{name}.yaml").exists()]
    declared = {name: infra.parameters(name) for name in present}
    if unknown := parameters.keys() - {key for each in declared.values() for key in each}:
        raise DeploymentError(
            f"No template has a parameter '{min(unknown)}'. See infra/stages.toml."
        )
    available = {*outputs, *infra.default_parameters(stage), "SiteUrl", *parameters}
    for name in [name for name in infra.ORDER if name in chosen]:
        for key, parameter in declared[name].items():
            _check_value(key, parameter, parameters)
            if not parameter.has_default and key not in available:
                raise DeploymentError(
                    f"{infra.stack_name(stage, name)} needs {key}: deploy the stacks "
                    f"before it, or set it in infra/stages.toml under [{stage}]."
                )
        available |= infra.outputs(name)
        cloudformation.check_state(stage, name)
    if infra.ACCOUNT in chosen:
        _check_account(stage, parameters)
    if "edge" in chosen and (domain := parameters.get("DomainName")):
        _check_domain(domain, parameters.get("HostedZoneId", ""))


def _check_value(key: str, declared: infra.Parameter, parameters: Mapping[str, str]) -> None:
    value = parameters.get(key)
    if value is not None and declared.pattern and not re.fullmatch(declared.pattern, value):
        expected = declared.constraint or f"match {declared.pattern}"
        raise DeploymentError(f"{key} is '{value}', but it has to be {expected}.")


def _check_account(stage: str, parameters: Mapping[str, str]) -> None:
    """An account may have a detector or a trail already; CloudFormation would fail late."""
    if settings.AWS_ENDPOINT_URL or cloudformation.describe(stage, infra.ACCOUNT):
        return
    region = infra.region(infra.ACCOUNT)
    if (
        parameters.get("GuardDuty") != "off"
        and clients.client("guardduty").list_detectors()["DetectorIds"]
    ):
        raise DeploymentError(
            f"This account already has a GuardDuty detector in {region}, and can have only one. "
            'Set GuardDuty = "off" under [account] in infra/stages.toml.'
        )
    trails = clients.client("cloudtrail").describe_trails()["trailList"]
    if parameters.get("Trail") != "off" and trails:
        raise DeploymentError(
            f"This account already has the trail {trails[0]['Name']}, and a second copy of its "
            'events costs $2 per 100,000. Set Trail = "off" under [account] in infra/stages.toml.'
        )


def _check_domain(domain: str, zone: str) -> None:
    if not zone:
        raise DeploymentError("DomainName needs HostedZoneId, the Route 53 zone of the domain.")
    try:
        found = clients.client("route53").get_hosted_zone(Id=zone)["HostedZone"]["Name"].rstrip(".")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchHostedZone", "InvalidInput"):
            raise
        raise DeploymentError(f"This account has no Route 53 zone '{zone}'.") from error
    if domain != found and not domain.endswith(f".{found}"):
        raise DeploymentError(f"The Route 53 zone '{zone}' is for {found}, not for {domain}.")


def _known_site_url(stage: str, parameters: Mapping[str, str], outputs: Mapping[str, str]) -> str:
    """The site's URL as far as it is known; on a laptop, the one in settings."""
    if domain := parameters.get("DomainName"):
        return f"https://{domain}"
    return outputs.get("SiteUrl", settings.SITE_URL if stage == "local" else PLACEHOLDER_URL)


def _warn_about_ses_sandbox(outputs: Mapping[str, str], echo: Echo) -> None:
    """In the sandbox, SES accepts mail and delivers it to verified addresses only."""
    if settings.AWS_ENDPOINT_URL or "MailDomain" not in outputs:
        return
    if not clients.client("sesv2").get_account().get("ProductionAccessEnabled"):
        echo(
            f"Warning: SES in {settings.AWS_REGION} is in the sandbox and delivers to verified "
            "addresses only. Request production access on the SES console's Account dashboard."
        )


# As environment variables -----------------------------------------------------------------------
def environment(stage: str, outputs: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment variables that settings read: the stacks' outputs, and the secrets."""
    found = outputs if outputs is not None else all_outputs(stage)
    variables = {_variable_name(key): _rebase_queue_url(key, value) for key, value in found.items()}
    variables["STAGE"] = stage
    variables["MEDIA_URL"] = _media_url(variables)
    if {"COGNITO_POOL_ID", "COGNITO_CLIENT_ID"} <= variables.keys():
        variables["COGNITO_CLIENT_SECRET"] = _client_secret(variables)
    return {**variables, **_site_secrets(variables)}


def _variable_name(output: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", output).upper()


def _rebase_queue_url(output: str, value: str) -> str:
    """The embedded cloud may listen on another port than when it created its queues."""
    endpoint = settings.AWS_ENDPOINT_URL
    return endpoint + urlsplit(value).path if endpoint and output.endswith("QueueUrl") else value


def _media_url(variables: Mapping[str, str]) -> str:
    """CloudFront serves the public bucket under /media/; without it, browsers read the bucket."""
    endpoint = settings.AWS_ENDPOINT_URL
    return f"{endpoint}/{variables.get('PUBLIC_BUCKET', '')}/" if endpoint else "/media/"


def _site_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """The contents of `<stage>/site`, and the origin secrets: current, then previous."""
    found: dict[str, str] = {}
    if arn := variables.get("SITE_SECRET_ARN"):
        found |= _secret(arn)
    if arn := variables.get("ORIGIN_SECRET_ARN"):
        origin = _secret(arn)
        found["ORIGIN_SECRET"] = ",".join(filter(None, (origin["current"], origin["previous"])))
    return found


def _secret(arn: str) -> dict[str, str]:
    value = clients.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return {name: str(content) for name, content in json.loads(value).items()}


def _client_secret(variables: Mapping[str, str]) -> str:
    client = clients.client("cognito-idp").describe_user_pool_client(
        UserPoolId=variables["COGNITO_POOL_ID"], ClientId=variables["COGNITO_CLIENT_ID"]
    )
    secret: str = client["UserPoolClient"]["ClientSecret"]
    return secret
