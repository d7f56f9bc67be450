"""Why a batch of events was not taken, as the sender is told."""

import structlog

from api.ingest.event_lines import BadLines
from api.ingest.gateway import KeyReused
from api.ingest.receipts import KeyInUse
from api.ingest.transactions import OutcomeUnknown, TopicMissing, Unwritten
from api.web.problems import Problem

RETRY_AFTER = {"Retry-After": "2"}

REFUSALS = (BadLines, KeyReused, KeyInUse, Unwritten)

log = structlog.get_logger(__name__)


def problem_of(refusal: BadLines | KeyReused | KeyInUse | Unwritten, key: str | None) -> Problem:
    """The problem that tells of one of ``REFUSALS``; ``key`` is the request's idempotency key."""
    match refusal:
        case BadLines():
            return _invalid(refusal)
        case KeyReused():
            return Problem(
                422,
                "Idempotency key reused",
                "An earlier request with this Idempotency-Key had another body; use a new key for a new batch.",
                type="idempotency-key-reused",
            )
        case KeyInUse():
            return Problem(
                409,
                "Idempotency key in use",
                "Another request with this Idempotency-Key is still under way; send this one again later.",
                type="idempotency-key-in-use",
                headers=RETRY_AFTER,
            )
        case Unwritten():
            # its reason may name other tenants' topics
            log.warning("batch not written", kind=type(refusal).__name__, reason=str(refusal))
            return _unwritten(refusal, key)


def _invalid(bad: BadLines) -> Problem:
    errors = [
        {"line": error.line, **({"field": error.field} if error.field else {}), "reason": error.reason}
        for error in bad.errors
    ]
    return Problem(
        400,
        "Invalid events",
        f"{bad.count} {'error' if bad.count == 1 else 'errors'}; no event of this request was taken.",
        type="invalid-events",
        errors=errors,
        error_count=bad.count,
    )


def _unwritten(error: Unwritten, key: str | None) -> Problem:
    match error:
        case OutcomeUnknown():
            advice = (
                "send the request again with the same Idempotency-Key"
                if key is not None
                else "with an Idempotency-Key it could be sent again without being taken twice"
            )
            detail = f"The events may have been taken or not; {advice}."
            return Problem(503, "Outcome unknown", detail, type="outcome-unknown", headers=RETRY_AFTER)
        case TopicMissing():
            detail = "The log of this tenant is not set up. No event was taken."
            return Problem(503, "Tenant not ready", detail, type="tenant-not-ready", headers=RETRY_AFTER)
        case _:
            detail = "The event log does not answer in time. No event was taken; send the request again."
            return Problem(503, "Event log unavailable", detail, type="unavailable", headers=RETRY_AFTER)
