"""Why ``/v1/tenants`` does not do what it is asked for."""

from api.access.tenants import AccountError
from api.provisioning.known_tenants import UnknownTenant
from api.provisioning.operations import Incomplete
from api.provisioning.provisioning import BeingClosed, KeyReused, NameTaken, OtherRegion
from api.provisioning.tenant_answers import step_answers
from api.web.problems import Problem

RETRY_AFTER_S = 5


def problem_of(error: AccountError | Incomplete) -> Problem:
    """The answer to it."""
    match error:
        case Incomplete():
            return Problem(
                503,
                "Step failed",
                f"The step {error.failed.name} failed: {error.failed.detail}. What was done before it stays; "
                "send the request again to go on.",
                type="step-failed",
                headers={"Retry-After": str(RETRY_AFTER_S)},
                tenant_id=error.tenant_id,
                failed_step=error.failed.name,
                steps=step_answers(error.states),
            )
        case UnknownTenant():
            return unknown_tenant()
        case NameTaken():
            return Problem(409, "Name taken", _sentence(error), type="name-taken")
        case BeingClosed():
            return Problem(409, "Being removed", _sentence(error), type="being-removed")
        case KeyReused():
            return Problem(422, "Key reused", _sentence(error), type="idempotency-key-reused")
        case OtherRegion():
            return Problem(422, "Other region", _sentence(error), type="other-region")
    return Problem(400, "Bad tenant", _sentence(error), type="bad-tenant")


def unknown_tenant() -> Problem:
    """For one that is not there, and for what is no id at all."""
    return Problem(404, "Unknown tenant", "There is no tenant of this id.", type="unknown-tenant")


def _sentence(error: AccountError) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."
