"""Answers to what goes wrong outside of an endpoint's own judgement."""

from http import HTTPStatus

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.web.problems import Problem, answer_problem

DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout, ConnectionError)
"""What a database raises that does not answer, or has no time for one more; not what a wrong statement raises."""


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """What Starlette refuses itself, such as an unknown path or a method that is not there."""
    if not isinstance(error, HTTPException):
        raise error
    title = HTTPStatus(error.status_code).phrase
    return await answer_problem(
        request, Problem(error.status_code, title, _detail(error), headers=error.headers)
    )


def _detail(error: HTTPException) -> str:
    if error.status_code == 404:
        return "There is nothing at this path."
    if error.status_code == 405 and error.headers is not None:
        return f"This path takes only {error.headers['Allow']}."
    return f"{error.detail}."


async def answer_accounts_unread(request: Request, _error: Exception) -> Response:
    """Nobody can be let in while it is unknown who may; what was sent may be sent again."""
    return await answer_problem(
        request,
        Problem(
            503,
            "Accounts unavailable",
            "Access cannot be checked now. Nothing was taken in; send the request again.",
            type="unavailable",
            headers={"Retry-After": "5"},
        ),
    )


async def answer_database_away(request: Request, _error: Exception) -> Response:
    """A change is in one transaction, so it was made whole or not at all."""
    return await answer_problem(
        request,
        Problem(
            503,
            "Database unavailable",
            "The database does not answer in time; send the request again.",
            type="unavailable",
            headers={"Retry-After": "2"},
        ),
    )
