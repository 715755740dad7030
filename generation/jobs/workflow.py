"""The Step Functions execution of a job: start, resume once, stop, ask for its status."""

import json
import logging

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.aws.dynamodb import ConditionFailed, transaction
from generation.jobs import leases
from generation.jobs.models import LIVE_STATES, Job

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 2


def start(job: Job) -> None:
    """Start the workflow, once per attempt. If starting fails, the sweep starts it later."""
    ids = json.dumps({"user_id": job.user_id, "job_id": job.id})
    try:
        clients.client("stepfunctions").start_execution(
            stateMachineArn=settings.WORKFLOW_ARN, name=execution_name(job), input=ids
        )
    except (BotoCoreError, ClientError) as error:
        if clients.error_code(error) != "ExecutionAlreadyExists":
            logger.exception("job %s was not started; the sweep will", job.id)


def resume(job: Job) -> bool:
    """Start a workflow again that was cut off, once; its steps find what is done already.

    False when it has had its attempts. True also when it ended meanwhile, or another sweep was
    quicker: then the caller must not end it.
    """
    if job.attempt >= MAX_ATTEMPTS:
        return False
    again = [Job.attempt.add(1), Job.lease_until.set(leases.ends_at(leases.RUNNING_SECONDS))]
    unchanged = Job.state.is_in(*LIVE_STATES) & (Job.attempt == job.attempt)
    try:
        with transaction() as work:
            work.update("job", job, actions=again, condition=unchanged)
    except ConditionFailed:
        return True
    job.attempt += 1
    start(job)
    return True


def execution_name(job: Job) -> str:
    """An execution is named after its job, so that each attempt is started once."""
    return job.id if job.attempt in (None, 1) else f"{job.id}-{int(job.attempt)}"


def execution_arn(job: Job) -> str:
    arn = str(settings.WORKFLOW_ARN).replace(":stateMachine:", ":execution:")
    return f"{arn}:{execution_name(job)}"


def execution_status(job: Job) -> str | None:
    """The status of the execution, such as RUNNING; None if it was never started."""
    try:
        found = clients.client("stepfunctions").describe_execution(executionArn=execution_arn(job))
    except ClientError as error:
        if clients.error_code(error) == "ExecutionDoesNotExist":
            return None
        raise
    return str(found["status"])
