"""Things that are counted: one line of CloudWatch's embedded metric format each."""

import json
import sys
import time

from django.conf import settings

NAMESPACE = "APTMagic"


def count(name: str, number: int = 1) -> None:
    """On AWS the line becomes a metric by itself; on a laptop it is a line in a log."""
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
