"""Metrics, as lines in CloudWatch's embedded metric format.

These lines and logs.py are our own: aws-lambda-powertools (3.37) adds 10 ms to a cold start of
290 ms, and 1 MB to each package.
"""

import json
import sys
import time

from django.conf import settings

NAMESPACE = "APTMagic"


def count(name: str, number: int = 1) -> None:
    """Add to a counter. CloudWatch reads the line from the log; on a laptop it stays a log line."""
    metric = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Stage"]],
        "Metrics": [{"Name": name, "Unit": "Count"}],
    }
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]},
        "Stage": settings.STAGE,
        name: number,
    }
    print(json.dumps(line), file=sys.stdout, flush=True)
