"""What may go wrong in a command without a mistake in the program; each message is for the reader."""

from sqlalchemy.exc import SQLAlchemyError

from api.access.key_store import UnreadableKey
from api.access.tenants import AccountError
from api.provisioning.operations import Incomplete
from backtest.bad_log import BadLog
from ops.demo.replay import ReplayFailed
from ops.digest_error import DigestError
from ops.feature_registry import ApplyFailed
from ops.models_error import ModelsError
from ops.stack import StackFailure
from ops.supervision import SupervisorAway
from ops.thresholds import ThresholdError
from ops.topics import TopicsUnavailable

EXPECTED = (
    AccountError,
    ApplyFailed,
    BadLog,
    DigestError,
    Incomplete,
    ModelsError,
    ReplayFailed,
    SQLAlchemyError,
    StackFailure,
    SupervisorAway,
    ThresholdError,
    TopicsUnavailable,
    UnreadableKey,
)


def message(error: Exception) -> str:
    """What the reader is told. The database's own errors end with the statement, which says nothing to them."""
    if isinstance(error, SQLAlchemyError):
        first = str(error).partition("\n")[0]
        return f"The accounts database: {first}; `aurora preflight` tells what is missing."
    return str(error).strip()
