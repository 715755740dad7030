"""The contents of each template, checked without deploying it."""

import inspect
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from django.conf import settings

from accounts.privacy import export_zip
from aptmagic.aws import uploads
from aptmagic.deploy import cloudformation, infra
from aptmagic.errors import Refused, Throttled
from aptmagic.observability import metrics
from generation.operations import catalogue
from tests.templates import everything, resources, template

STRING, NUMBER = "S", "N"


def tables() -> dict[str, dict[str, Any]]:
    """Properties by the name that the table has on a stage."""
    found = resources("AWS::DynamoDB::Table", "data").values()
    return {t["Properties"]["TableName"]["Sub"].split("-", 1)[1]: t["Properties"] for t in found}


def keys(of: dict[str, Any], table: dict[str, Any]) -> list[tuple[str, str]]:
    kinds = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
    return [(key["AttributeName"], kinds[key["AttributeName"]]) for key in of["KeySchema"]]


# Tables -----------------------------------------------------------------------------------------
def test_the_tables_are_on_demand_with_string_keys() -> None:
    names = {"users", "content", "edges", "feeds", "ledger", "jobs", "ephemeral", "audit"}
    assert tables().keys() == names
    for table in tables().values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert keys(table, table) == [("pk", STRING), ("sk", STRING)]


@pytest.mark.parametrize(
    ("table", "index", "expected"),
    [
        ("users", "handle_prefix", [("handle_prefix", STRING), ("handle", STRING)]),
        ("content", "latest", [("latest_shard", STRING), ("id", STRING)]),
        ("content", "grid", [("grid", STRING), ("id", STRING)]),
        ("content", "hot", [("hot_shard", STRING), ("hot", NUMBER)]),
        ("content", "mod", [("mod_queue", STRING), ("mod_at", STRING)]),
        ("edges", "rev", [("rev", STRING), ("at", STRING)]),
        ("jobs", "active", [("active_shard", STRING), ("lease_until", NUMBER)]),
    ],
)
def test_an_index_has_its_keys(table: str, index: str, expected: list[tuple[str, str]]) -> None:
    properties = tables()[table]
    indexes = {i["IndexName"]: i for i in properties["GlobalSecondaryIndexes"]}
    assert keys(indexes[index], properties) == expected


def test_a_card_is_projected_whole_and_within_dynamodbs_limits() -> None:
    card = template("data")["Mappings"]["Card"]["Fields"]["Names"]
    indexes = tables()["content"]["GlobalSecondaryIndexes"]
    for index in indexes:
        wanted = {"FindInMap": ["Card", "Fields", "Names"]}
        assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": wanted}
    assert len(set(card)) == len(card) <= 20
    assert len(card) * len(indexes) <= 100


def test_tables_with_data_have_point_in_time_recovery() -> None:
    recoverable = {
        name
        for name, table in tables().items()
        if table.get("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True}
    }
    assert recoverable == {"users", "content", "edges", "ledger", "audit"}
    assert tables()["ledger"]["DeletionProtectionEnabled"] is True


def test_tables_of_short_lived_items_expire_them() -> None:
    expiring = {name for name, table in tables().items() if "TimeToLiveSpecification" in table}
    assert expiring == {"users", "feeds", "jobs", "ephemeral"}
    for name in expiring:
        assert tables()[name]["TimeToLiveSpecification"]["AttributeName"] == "expires_at"


def test_every_stream_of_a_table_has_a_consumer() -> None:
    """Of a consumer's mapping, the source is a stream, and not a queue."""
    streams = [name for name, table in tables().items() if "StreamSpecification" in table]
    mappings = resources("AWS::Lambda::EventSourceMapping").values()
    sources = [str(mapping["Properties"]["EventSourceArn"]) for mapping in mappings]
    assert len(streams) == sum(":sqs:" not in source for source in sources)


def test_files_expire_only_under_prefixes_that_are_written() -> None:
    rules = template("data")["Resources"]["PrivateBucket"]["Properties"]["LifecycleConfiguration"]
    expiring = {rule["Prefix"] for rule in rules["Rules"] if "Prefix" in rule}
    assert expiring == {
        f"{folder('ada').partition('/')[0]}/" for folder in (export_zip.folder, uploads.folder)
    }


@pytest.mark.parametrize("kind", sorted(cloudformation.STATEFUL_RESOURCES))
def test_deleting_a_stack_retains_all_data(kind: str) -> None:
    found = resources(kind)
    assert found
    for resource in found.values():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


# Pictures, people -------------------------------------------------------------------------------
def test_buckets_are_private_and_encrypted_on_aws() -> None:
    for bucket in resources("AWS::S3::Bucket").values():
        block = bucket["Properties"]["PublicAccessBlockConfiguration"]
        assert set(map(str, block.values())) <= {"True", "{'If': ['Embedded', False, True]}"}
        assert "BucketEncryption" in bucket["Properties"]
    policies = resources("AWS::S3::BucketPolicy", "data")
    assert policies["PublicBucketReaders"]["Condition"] == "Embedded"


def test_users_sign_in_with_a_confirmed_address_through_the_site_only() -> None:
    (pool,) = resources("AWS::Cognito::UserPool").values()
    (client,) = resources("AWS::Cognito::UserPoolClient").values()
    assert pool["Properties"]["UsernameAttributes"] == ["email"]
    assert pool["Properties"]["AutoVerifiedAttributes"] == ["email"]
    assert pool["Properties"]["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert client["Properties"]["GenerateSecret"] is True
    assert client["Properties"]["PreventUserExistenceErrors"] == "ENABLED"
    plain_refreshing = {"If": ["Rotates", {"Ref": "AWS::NoValue"}, "ALLOW_REFRESH_TOKEN_AUTH"]}
    choosing = {"If": ["Rotates", "ALLOW_USER_AUTH", {"Ref": "AWS::NoValue"}]}
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", choosing, plain_refreshing]
    assert client["Properties"]["ExplicitAuthFlows"] == flows
    groups = {
        g["Properties"]["GroupName"] for g in resources("AWS::Cognito::UserPoolGroup").values()
    }
    assert groups == {"admins", "moderators", "support", "billing"}


# Queues and workflow ----------------------------------------------------------------------------
def test_every_queue_has_a_dead_letter_queue() -> None:
    queues = resources("AWS::SQS::Queue", "data")
    living = {name for name in queues if not name.endswith("Dead")}
    assert {f"{name}Dead" for name in living} == queues.keys() - living
    for name in living:
        redrive = queues[name]["Properties"]["RedrivePolicy"]
        assert redrive["deadLetterTargetArn"] == {"GetAtt": f"{name}Dead.Arn"}
    assert all(queue["Properties"]["SqsManagedSseEnabled"] for queue in queues.values())


def test_a_failed_message_does_not_fail_its_batch() -> None:
    mappings = resources("AWS::Lambda::EventSourceMapping")
    living = [name for name in resources("AWS::SQS::Queue", "data") if not name.endswith("Dead")]
    assert len(mappings) == len(living) > 1
    for mapping in mappings.values():
        assert mapping["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert 1 <= mapping["Properties"]["BatchSize"] <= 10


def states(of: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in of["States"].items():
        yield name, state
        if state["Type"] == "Map":
            yield from states(state["ItemProcessor"])


def steps() -> dict[str, dict[str, Any]]:
    (machine,) = resources("AWS::StepFunctions::StateMachine").values()
    every = states(machine["Properties"]["Definition"])
    return {name: state for name, state in every if state["Type"] == "Task"}


def test_every_step_has_a_timeout_and_is_retried() -> None:
    for step in steps().values():
        assert step["TimeoutSeconds"] <= 180
        *_, again = step["Retry"]
        assert again["ErrorEquals"] == ["States.ALL"]
        assert again["MaxAttempts"] == 3


def test_a_throttled_step_is_retried_for_minutes_within_the_jobs_timeout() -> None:
    (machine,) = resources("AWS::StepFunctions::StateMachine").values()
    for step in steps().values():
        patient, _again = step["Retry"]
        assert patient["ErrorEquals"] == [Throttled.__name__, "Lambda.TooManyRequestsException"]
        assert (patient["IntervalSeconds"], patient["JitterStrategy"]) == (5, "FULL")
        most = patient["MaxDelaySeconds"]
        growing = (5 * patient["BackoffRate"] ** n for n in range(patient["MaxAttempts"]))
        waits = [min(seconds, most) for seconds in growing]
        assert 300 < sum(waits) < machine["Properties"]["Definition"]["TimeoutSeconds"] / 2


def test_steps_call_existing_commands_and_pass_ids_only() -> None:
    for step in steps().values():
        payload = step["Parameters"]["Payload"]
        assert payload["command"] in settings.WORKER_COMMANDS
        assert payload["input"].keys() <= {"user_id.$", "job_id.$", "number.$", "failure"}


def test_every_failure_is_settled() -> None:
    for name in ("Prepare", "Draw", "Derive"):
        (caught,) = steps()[name]["Catch"]
        assert caught["Next"] == ("SettleFailure" if name == "Prepare" else "NotDrawn")
    assert "Catch" not in steps()["Settle"]  # the sweep finds what could not be settled


# Permissions ------------------------------------------------------------------------------------
def statements() -> Iterator[dict[str, Any]]:
    """What roles allow and deny. The boundary itself grants nothing."""
    for role in resources("AWS::IAM::Role").values():
        for policy in role["Properties"].get("Policies", ()):
            yield from policy["PolicyDocument"]["Statement"]
    for where, policy in resources("AWS::IAM::ManagedPolicy").items():
        if where == "account/Boundary":
            continue
        yield from policy["Properties"]["PolicyDocument"]["Statement"]
    for policy in resources("AWS::IAM::Policy").values():
        yield from policy["Properties"]["PolicyDocument"]["Statement"]


def actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return found if isinstance(found, list) else [found]


def test_no_role_allows_everything() -> None:
    allowed = [action for statement in statements() for action in actions(statement)]
    assert allowed
    assert not [action for action in allowed if "*" in action]


def boundary() -> list[dict[str, Any]]:
    policy = template("account")["Resources"]["Boundary"]["Properties"]["PolicyDocument"]
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def test_the_boundary_covers_what_each_role_needs() -> None:
    most = [action for statement in boundary() for action in actions(statement)]
    for where, role in resources("AWS::IAM::Role").items():
        if where.startswith("delivery/"):
            continue  # the boundary is for the roles that these make
        bounded = {"If": ["IsBounded", {"Ref": "BoundaryArn"}, {"Ref": "AWS::NoValue"}]}
        assert role["Properties"]["PermissionsBoundary"] == bounded, where
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                for action in actions(statement):
                    assert any(fnmatchcase(action, each) for each in most), (where, action)


def test_the_functions_may_only_decrypt_with_the_key() -> None:
    own = template("roles")["Resources"]["OwnVariables"]["Properties"]
    assert own["Roles"] == [{"Ref": "Web"}, {"Ref": "Worker"}]
    [statement] = own["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["kms:Decrypt"], {"Ref": "KeyArn"})
    most = [action for statement in boundary() for action in actions(statement)]
    assert "kms:Decrypt" in most


def test_the_boundary_prevents_the_creation_of_roles_and_users() -> None:
    most = {action for s in boundary() for action in actions(s) if action.startswith("iam:")}
    assert most == {"iam:PassRole", "iam:AttachRolePolicy", "iam:DetachRolePolicy"}
    for statement in boundary():
        if most & set(actions(statement)):
            assert statement["Condition"]


def test_only_the_accounts_trail_may_write_to_its_bucket() -> None:
    policy = template("account")["Resources"]["RecordsPolicy"]["Properties"]["PolicyDocument"]
    trail = template("account")["Resources"]["Journal"]["Properties"]["TrailName"]
    allowed = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
    assert len(allowed) == 2
    for statement in allowed:
        [(key, value)] = statement["Condition"]["StringEquals"].items()
        assert key == "aws:SourceArn"
        assert value["Sub"].endswith(f":trail/{trail}")


def test_no_role_may_delete_from_the_ledger_or_the_audit() -> None:
    deleting = {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLDelete"}
    for statement in statements():
        if deleting & set(actions(statement)):
            places = [place["Sub"].rpartition("/")[2] for place in statement["Resource"]]
            assert not {"${Stage}-ledger", "${Stage}-audit", "${Stage}-*", "*"} & set(places)


def test_services_assume_roles_for_this_account_only() -> None:
    """A service that acts in our name does so for our account only."""
    for name, role in resources("AWS::IAM::Role").items():
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            if statement["Principal"] != {"Service": "lambda.amazonaws.com"}:
                assert "aws:SourceAccount" in str(statement["Condition"]), name


def test_the_budget_may_only_stop_image_generation() -> None:
    stopper = template("budget")["Resources"]["Stopper"]["Properties"]
    [statement] = stopper["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
    assert statement["Resource"]["Sub"].endswith("role/${WorkerRoleName}")
    assert statement["Condition"] == {"ArnEquals": {"iam:PolicyARN": {"Ref": "NoMorePictures"}}}


def test_the_budget_counts_tagged_and_untaggable_costs_before_credits() -> None:
    """Bedrock's calls have no tag: a budget of what has the stage's tag would never stop them."""
    budget = template("budget")["Resources"]["Month"]["Properties"]["Budget"]
    without, counted = budget["FilterExpression"]["And"]
    assert without["Not"]["Dimensions"]["Values"] == ["Credit", "Refund"]
    tag = "aptmagic:stage"
    assert [each["Tags"] for each in counted["Or"]] == [
        {"Key": tag, "Values": [{"Ref": "Stage"}], "MatchOptions": ["EQUALS"]},
        {"Key": tag, "MatchOptions": ["ABSENT"]},
    ]
    assert f'"{tag}"' in inspect.getsource(cloudformation)
    assert not budget.keys() & {"CostFilters", "CostTypes"}  # the API takes either these or those


# The edge ---------------------------------------------------------------------------------------
def test_cloudfront_keeps_within_the_free_plan() -> None:
    [distribution] = resources("AWS::CloudFront::Distribution").values()
    config = distribution["Properties"]["DistributionConfig"]
    behaviours = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]
    assert len(behaviours) <= 5
    for behaviour in behaviours:
        assert behaviour["CachePolicyId"]["FindInMap"][0] == "Managed"
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    paths = {b["PathPattern"]: b["TargetOriginId"] for b in config["CacheBehaviors"]}
    assert paths == {"/static/*": "files", "/media/*": "files"}
    [firewall] = resources("AWS::WAFv2::WebACL").values()
    assert len(firewall["Properties"]["Rules"]) <= 5


def firewall_rules() -> dict[str, dict[str, Any]]:
    [firewall] = resources("AWS::WAFv2::WebACL").values()
    return {rule["Name"]: rule for rule in firewall["Properties"]["Rules"]}


def overrides(rule: str) -> dict[str, str]:
    """What happens on a match of each rule of a managed group that we change."""
    group = firewall_rules()[rule]["Statement"]["ManagedRuleGroupStatement"]
    return {each["Name"]: next(iter(each["ActionToUse"])) for each in group["RuleActionOverrides"]}


def test_only_pages_count_against_an_ip_address() -> None:
    """A page brings some sixty files: a school behind one address was out after 25 pages."""
    statement = firewall_rules()["too-many-requests"]["Statement"]["RateBasedStatement"]
    uncounted = statement["ScopeDownStatement"]["NotStatement"]["Statement"]["OrStatement"]
    paths = [each["ByteMatchStatement"] for each in uncounted["Statements"]]
    assert [(p["SearchString"], p["PositionalConstraint"]) for p in paths] == [
        ("/static/", "STARTS_WITH"),
        ("/media/", "STARTS_WITH"),
    ]
    [distribution] = resources("AWS::CloudFront::Distribution").values()
    cached = distribution["Properties"]["DistributionConfig"]["CacheBehaviors"]
    assert {b["PathPattern"] for b in cached} == {f"{p['SearchString']}*" for p in paths}


def test_the_firewall_does_not_block_prose() -> None:
    """What people write arrives in bodies and, from a search, in the address."""
    changed = overrides("common")
    judging = ("CrossSiteScripting", "GenericLFI", "GenericRFI", "EC2MetaDataSSRF")
    for kind in judging:
        assert changed[f"{kind}_BODY"] == changed[f"{kind}_QUERYARGUMENTS"] == "Count"
    assert changed["SizeRestrictions_BODY"] == "Count"
    assert changed["SizeRestrictions_QUERYSTRING"] == "Block"  # nothing long belongs there


def test_blocked_requests_get_a_page_in_both_languages() -> None:
    [firewall] = resources("AWS::WAFv2::WebACL").values()
    pages = firewall["Properties"]["CustomResponseBodies"]
    for page in pages.values():
        assert page["ContentType"] == "TEXT_HTML"
        assert '<section lang="vi">' in page["Content"]
        assert len(page["Content"].encode()) <= 4096  # AWS WAF takes no more
    blocking = [*actions_of(firewall["Properties"]["Rules"])]
    assert {each["Block"]["CustomResponse"]["ResponseCode"] for each in blocking} == {403, 429}
    used = {each["Block"]["CustomResponse"]["CustomResponseBodyKey"] for each in blocking}
    assert used == pages.keys()


def actions_of(part: Any) -> Iterator[dict[str, Any]]:
    """Every action of the firewall that blocks."""
    if isinstance(part, dict):
        if "Block" in part:
            yield part
        for value in part.values():
            yield from actions_of(value)
    elif isinstance(part, list):
        for each in part:
            yield from actions_of(each)


def test_error_pages_of_cloudfront_hide_no_response_of_the_site() -> None:
    [distribution] = resources("AWS::CloudFront::Distribution").values()
    errors = distribution["Properties"]["DistributionConfig"]["CustomErrorResponses"]
    ours = {int(code) for code in re.findall(r"status(?:_code)?=(\d{3})\b", source_of_answers())}
    ours |= {error.status for error in every_subclass(Refused)} | {400, 403, 404, 405, 413, 500}
    for each in errors:
        assert each["ErrorCode"] == each["ResponseCode"]
        assert each["ErrorCode"] not in ours
        assert each["ErrorCachingMinTTL"] == 0
        page = settings.BASE_DIR / each["ResponsePagePath"].removeprefix("/")
        assert '<section lang="vi">' in page.read_text(encoding="utf-8")
    assert {each["ErrorCode"] for each in errors} == {502, 504}


def source_of_answers() -> str:
    apps = ("accounts", "aptmagic", "gallery", "generation")
    files = (path for app in apps for path in (settings.BASE_DIR / app).rglob("*.py"))
    return "\n".join(
        path.read_text(encoding="utf-8") for path in files if "local" not in path.parts
    )


def every_subclass(of: type[Refused]) -> Iterator[type[Refused]]:
    yield of
    for each in of.__subclasses__():
        yield from every_subclass(each)


def test_pages_are_never_cached_by_cloudfront() -> None:
    [distribution] = resources("AWS::CloudFront::Distribution").values()
    page = distribution["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    assert page["CachePolicyId"]["FindInMap"][2] == "Disabled"


def test_only_unsupported_resources_are_missing_in_the_embedded_cloud() -> None:
    """What the embedded cloud knows is deployed there; only these are not known to it."""
    away = {
        resource["Type"]
        for resource in everything().values()
        if resource.get("Condition")
        in ("OnAws", "HasTrail", "HasGuardDuty", "HasPlan", "HasShield")
    }
    assert away == {
        "AWS::Bedrock::Guardrail",
        "AWS::Bedrock::GuardrailVersion",
        "AWS::Budgets::Budget",
        "AWS::Budgets::BudgetsAction",
        "AWS::CloudTrail::Trail",
        "AWS::CodePipeline::Pipeline",
        "AWS::GuardDuty::Detector",
        "AWS::PricingPlanManager::Subscription",
        "AWS::S3::BucketPolicy",  # known; but in data it would keep the laptop's browser out
        "AWS::SecretsManager::RotationSchedule",
        "AWS::Shield::Protection",
    }


def test_expensive_options_are_off_and_state_their_price() -> None:
    shield = template("edge")["Parameters"]["ShieldAdvanced"]
    assert shield["Default"] == "off"
    assert "$3,000 a month" in shield["Description"]
    for name, parameter in template("network")["Parameters"].items():
        if name.endswith("Endpoint"):
            assert parameter["Default"] == "off"
            assert "$14.60 a month" in parameter["Description"]


# Letters ----------------------------------------------------------------------------------------
def test_email_is_signed_and_suppressed_after_complaints() -> None:
    (domain,) = resources("AWS::SES::EmailIdentity").values()
    assert domain["Properties"]["DkimAttributes"] == {"SigningEnabled": True}
    (letters,) = resources("AWS::SES::ConfigurationSet").values()
    assert letters["Properties"]["SuppressionOptions"] == {
        "SuppressedReasons": ["BOUNCE", "COMPLAINT"]
    }
    assert letters["Properties"]["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    names = resources("AWS::Route53::RecordSet", "mail").values()
    assert sorted(name["Properties"]["Type"] for name in names) == ["CNAME"] * 3 + ["MX"] + [
        "TXT",
        "TXT",
    ]


def test_only_the_worker_sends_email_and_only_from_our_domain() -> None:
    allowed = [
        (name, statement)
        for name, role in resources("AWS::IAM::Role").items()
        for policy in role["Properties"].get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("ses:") for action in actions(statement))
    ]
    [(role, statement)] = allowed
    assert role == "roles/Worker"
    _, _, on_aws = statement["Resource"]["If"]
    assert [place["Sub"].rpartition(":")[2] for place in on_aws] == [
        "identity/${MailDomain}",
        "configuration-set/${Stage}-letters",
    ]


# Moderation -------------------------------------------------------------------------------------
def test_the_guardrail_supports_vietnamese() -> None:
    """The Classic tier reads English, French and Spanish; Standard needs a cross-Region profile."""
    words = template("moderation")["Resources"]["Words"]["Properties"]
    assert words["ContentPolicyConfig"]["ContentFiltersTierConfig"] == {"TierName": "STANDARD"}
    assert words["TopicPolicyConfig"]["TopicsTierConfig"] == {"TierName": "STANDARD"}
    profile = words["CrossRegionConfig"]["GuardrailProfileArn"]["Sub"]
    assert profile.endswith(":guardrail-profile/us.guardrail.v1:0")


def test_roles_that_use_the_guardrail_may_use_it_in_all_regions_of_its_profile() -> None:
    regions = {"us-east-1", "us-east-2", "us-west-2"}
    asking = [each for each in statements() if "bedrock:ApplyGuardrail" in actions(each)]
    assert len(asking) == 2  # web and worker
    for statement in asking:
        places = [place["Sub"] for place in statement["Resource"]]
        profiles = {
            p.split(":bedrock:")[1].split(":")[0] for p in places if ":guardrail-profile/" in p
        }
        assert profiles == regions


def test_a_changed_policy_creates_a_new_version_and_retains_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = template("moderation")["Resources"]["WordsVersion"]
    assert version["Properties"]["Description"] == {"Sub": "Policy ${PolicyHash}"}
    assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain"
    before, whole = infra.policy_hash(), infra.read("moderation")

    def hash_of(text: str) -> str:
        monkeypatch.setattr(infra, "read", lambda name: text)
        return infra.policy_hash()

    assert re.fullmatch("[0-9a-f]{12}", before)
    assert hash_of(whole.replace("  # fantasy fights", "  # fights")) == before
    assert hash_of(whole.replace("The hash of the policy below", "A hash")) == before
    assert hash_of(whole.replace("Type: INSULTS", "Type: PROMPT_ATTACK")) != before
    assert hash_of(whole.replace("TierName: STANDARD", "TierName: CLASSIC")) != before


def test_the_worker_may_only_invoke_the_models_of_the_catalogue() -> None:
    [drawing] = [
        each
        for each in statements()
        if "bedrock:InvokeModel" in actions(each) and each["Effect"] == "Allow"
    ]
    models = {place["Sub"].rpartition("/")[2] for place in drawing["Resource"]}
    assert models == {model.id for model in catalogue.models()}
    assert not [place for place in drawing["Resource"] if "*" in place["Sub"]]


# Alarms -----------------------------------------------------------------------------------------
def alarms() -> dict[str, dict[str, Any]]:
    found = resources("AWS::CloudWatch::Alarm").values()
    return {a["Properties"]["AlarmName"]["Sub"].split("-", 1)[1]: a["Properties"] for a in found}


def test_every_alarm_has_an_action() -> None:
    for name, alarm in alarms().items():
        assert alarm["AlarmActions"] == [{"Ref": "Alarms"}], name


def test_failed_and_timed_out_executions_raise_alarms() -> None:
    watched = {a["MetricName"]: a["Threshold"] for a in alarms().values()}
    assert watched["ExecutionsFailed"] == watched["ExecutionsTimedOut"] == 0
    assert watched["ExecutionsAborted"] > 0  # cancelling stops an execution too


def test_a_failing_sweep_raises_an_alarm() -> None:
    """Five failures in five minutes are below what counts as a failing worker."""
    alarm = alarms()["sweep-fails"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (metrics.NAMESPACE, "Sweeps")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"


def test_a_failed_rotation_raises_an_alarm() -> None:
    [rotator] = resources("AWS::Lambda::Function").values()
    [dimension] = alarms()["rotation-fails"]["Dimensions"]
    assert dimension == {"Name": "FunctionName", "Value": rotator["Properties"]["FunctionName"]}
