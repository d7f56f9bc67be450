#!/usr/bin/env bash
# Does the risk job run, with all of its tasks?
#   smoke/flink.sh [URL]
set -euo pipefail
url=${1:-http://127.0.0.1:${AURORA_FLINK_PORT:-18081}}

jobs=$(curl --silent --show-error --fail --max-time 5 "$url/v1/jobs/overview")
python3 - "$jobs" <<'PYTHON'
import json, sys

jobs = [job for job in json.loads(sys.argv[1])["jobs"] if job["name"] == "stock_risk" and job["state"] == "RUNNING"]
if len(jobs) != 1:
    sys.exit(f"flink: {len(jobs)} jobs stock_risk run, not 1")
tasks = jobs[0]["tasks"]
if tasks["running"] != tasks["total"]:
    sys.exit(f"flink: {tasks['running']} of {tasks['total']} tasks run")
PYTHON
echo "flink: well"
