"""Counts the billable resources of a stage in infra/ and zappa_settings.json.

Packages contain neither, so `manage.py cost --count` writes the counts that the cost page needs
to aptmagic/costs/billable_resources.json. A test fails when that file is out of date.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from aptmagic.deploy import infra, zappa_stages
from aptmagic.deploy.packages import FUNCTIONS
from aptmagic.deploy.source_files import PROJECT

FILE = PROJECT / "aptmagic" / "costs" / "billable_resources.json"
# Of a guardrail's policies, those that are billed for text.
BILLED_POLICIES = {"ContentPolicyConfig", "TopicPolicyConfig"}
STAGE = "production"  # all stages have the same resources

# The line of the bill, or of the optional services, that pays for each type of resource.
BILLED = {
    "AWS::ApiGatewayV2::Api": "Pages",
    "AWS::Bedrock::Guardrail": "Moderation",
    "AWS::CloudFront::Distribution": "CDN",
    "AWS::CloudWatch::Alarm": "Monitoring",
    "AWS::Cognito::UserPool": "Users",
    "AWS::DynamoDB::Table": "Database",
    "AWS::GuardDuty::Detector": "Monitoring",
    "AWS::KMS::Key": "Monitoring",
    "AWS::Lambda::EventSourceMapping": "Queues",
    "AWS::Logs::LogGroup": "Monitoring",
    "AWS::S3::Bucket": "Storage",
    "AWS::SecretsManager::Secret": "Monitoring",
    "AWS::StepFunctions::StateMachine": "Workflow",
    "AWS::WAFv2::WebACL": "CDN",
}
OPTIONAL = {
    "AWS::EC2::VPCEndpoint": "PrivateLink, per endpoint and zone",
    "AWS::PricingPlanManager::Subscription": "CloudFront Pro plan",
    "AWS::Shield::Protection": "Shield Advanced",
}
FREE = {
    "AWS::ApiGatewayV2::Integration": "part of its API",
    "AWS::ApiGatewayV2::Route": "part of its API",
    "AWS::ApiGatewayV2::Stage": "part of its API",
    "AWS::Bedrock::GuardrailVersion": "asking is paid, keeping is not",
    "AWS::Budgets::Budget": "two budgets are free",
    "AWS::Budgets::BudgetsAction": "the first two budgets with actions are free",
    "AWS::CertificateManager::Certificate": "public certificates are free",
    "AWS::CloudFormation::WaitConditionHandle": "nothing at all",
    "AWS::CloudFront::Function": "two million calls a month are free; with a plan, all",
    "AWS::CloudFront::OriginAccessControl": "part of its distribution",
    "AWS::CloudTrail::Trail": "the first copy of management events is free",
    "AWS::CloudWatch::Dashboard": "three are free",
    "AWS::CodeBuild::Project": "on request, and then by the minute: $0 when nobody commits",
    "AWS::CodePipeline::Pipeline": "on request, and 100 minutes of actions a month are free",
    "AWS::Cognito::ManagedLoginBranding": "part of its user pool",
    "AWS::Cognito::UserPoolClient": "part of its user pool",
    "AWS::Cognito::UserPoolDomain": "part of its user pool",
    "AWS::Cognito::UserPoolGroup": "part of its user pool",
    "AWS::Cognito::UserPoolIdentityProvider": "people from OIDC providers: 50 a month are free",
    "AWS::EC2::RouteTable": "free",
    "AWS::EC2::SecurityGroup": "free",
    "AWS::EC2::Subnet": "free",
    "AWS::EC2::SubnetRouteTableAssociation": "free",
    "AWS::EC2::VPC": "free; there is no NAT gateway in it",
    "AWS::IAM::ManagedPolicy": "IAM is free",
    "AWS::IAM::Policy": "IAM is free",
    "AWS::IAM::Role": "IAM is free",
    "AWS::KMS::Alias": "part of its key",
    "AWS::Lambda::Function": "the rotation runs once a month; web and worker are Zappa's",
    "AWS::Lambda::Permission": "part of its function",
    "AWS::Logs::MetricFilter": "four metrics of our own a stage; ten are free",
    "AWS::Route53::RecordSet": "records and aliases; their zone is the domain's owner's",
    "AWS::S3::BucketPolicy": "part of its bucket",
    "AWS::SES::ConfigurationSet": "part of SES",
    "AWS::SES::ConfigurationSetEventDestination": "part of SES",
    "AWS::SES::EmailIdentity": "letters are $0.10 for 1,000",
    "AWS::SNS::Subscription": "part of its topic",
    "AWS::SNS::Topic": "a million messages a month are free",
    "AWS::SNS::TopicPolicy": "part of its topic",
    "AWS::SQS::Queue": "polling it is what costs",
    "AWS::SQS::QueuePolicy": "part of its queue",
    "AWS::Scheduler::Schedule": "14 million calls a month are free",
    "AWS::SecretsManager::RotationSchedule": "part of its secret",
}


def count() -> dict[str, Any]:
    """The content of billable_resources.json."""
    types = Counter(r["Type"] for name in infra.ORDER for r in infra.resources(name).values())
    [firewall] = infra.resources("edge", "AWS::WAFv2::WebACL").values()
    [guardrail] = infra.resources("moderation", "AWS::Bedrock::Guardrail").values()
    return {
        "functions": {name: _function(name) for name in FUNCTIONS},
        "polled_queues": types["AWS::Lambda::EventSourceMapping"],
        "alarms": types["AWS::CloudWatch::Alarm"],
        "secrets": types["AWS::SecretsManager::Secret"],
        "keys": types["AWS::KMS::Key"],
        "firewall_rules": len(firewall["Properties"]["Rules"]),
        "guardrail_policies_for_words": len(BILLED_POLICIES & guardrail["Properties"].keys()),
        "scheduled_calls_a_day": sum(map(_calls_a_day, _schedules())),
    }


def _function(name: str) -> dict[str, Any]:
    declared = zappa_stages.settings(STAGE, name)
    return {
        "memory_mb": declared["memory_size"],
        "architecture": declared["architecture"],
        "snapshots": declared.get("snap_start") == "PublishedVersions",
    }


def _schedules() -> Iterator[str]:
    for name in infra.ORDER:
        for schedule in infra.resources(name, "AWS::Scheduler::Schedule").values():
            yield schedule["Properties"]["ScheduleExpression"]


def _calls_a_day(expression: str) -> int:
    """How often `rate(1 minute)` and the like fire in a day, rounded down."""
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate is None:
        raise ValueError(f"{expression} is not a rate in minutes, hours or days")
    minutes = {"minute": 1, "hour": 60, "day": 24 * 60}[rate[2]]
    return 24 * 60 // (int(rate[1]) * minutes)


def write() -> None:
    FILE.write_text(json.dumps(count(), indent=2) + "\n", encoding="utf-8")
