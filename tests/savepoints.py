"""A job stopped with a savepoint, as an operator does it before an upgrade."""

import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx


def stopped_with_savepoint(flink_url: str, job_name: str, within_s: float) -> Path | None:
    """Stop the running job of that name. Returns its savepoint; ``None`` where it made none, in time or at all.

    Also where not exactly one of that name runs.
    """
    deadline = time.monotonic() + within_s
    with httpx.Client(base_url=flink_url, timeout=10) as client:
        jobs = client.get("/v1/jobs/overview").json()["jobs"]
        running = [each["jid"] for each in jobs if each["name"] == job_name and each["state"] == "RUNNING"]
        if len(running) != 1:
            return None
        trigger = client.post(f"/v1/jobs/{running[0]}/stop", json={"drain": False}).json()["request-id"]
        while time.monotonic() < deadline:
            answer = client.get(f"/v1/jobs/{running[0]}/savepoints/{trigger}").json()
            if answer["status"]["id"] == "COMPLETED":
                location = answer["operation"].get("location")
                return Path(url2pathname(urlsplit(location).path)) if location else None
            time.sleep(0.3)
    return None
