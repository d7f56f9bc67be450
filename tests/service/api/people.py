"""Users of tenants, and their browsers, for the tests."""

import itertools
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx
from argon2 import PasswordHasher
from service.api.running import Running

from api.access.roles import Role
from api.clock import utc_now
from api.database import Database
from api.sessions.cross_site import csrf_token
from api.sessions.session_store import Limits, begin_session, step_up
from api.users.tables import UserRow
from api.users.user_store import add_user

PASSWORD = "olive drawbridge sings low"
# what is checked is the hash's own cost; the tests need not pay the real one
CHEAP_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Person:
    """A user who can sign in with ``PASSWORD``."""

    user_id: UUID
    tenant_id: UUID
    email: str


class Browser:
    """Keeps cookies, and sends what a page of ours would. Each is in a network of its own."""

    def __init__(self, api: Running) -> None:
        number = next(_numbers)
        self.api = api
        self.http = httpx.Client(
            base_url=api.url,
            timeout=30,
            headers={
                "Origin": api.settings.browser_origin,
                # the server believes a proxy on its own machine
                "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    @property
    def cookie(self) -> str | None:
        """The session's token."""
        return self.http.cookies.get("aurora_session")

    def sign_in(self, person: Person, password: str = PASSWORD) -> httpx.Response:
        """By e-mail address and password; keeps the CSRF token too."""
        return self.begin(
            "/v1/session",
            {"tenant_id": str(person.tenant_id), "email": person.email, "password": password},
        )

    def begin(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Post what should be answered with a session."""
        answer = self.http.post(path, json=body)
        if answer.status_code == 200:
            self.http.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return answer

    def has(self, token: str) -> Self:
        """Let it have a session that began elsewhere."""
        self.http.cookies.clear()
        self.http.cookies.set("aurora_session", token, domain="127.0.0.1", path="/")
        self.http.headers["X-CSRF-Token"] = csrf_token(token)
        return self


def person(api: Running, tenant_id: UUID, role: Role = Role.VIEWER) -> Person:
    """A new user of the tenant."""
    email = f"user{next(_numbers)}@shop.example"

    async def add(database: Database) -> UUID:
        async with database.transaction() as session:
            user = await add_user(session, tenant_id, email, role, utc_now())
            row = await session.get_one(UserRow, user.user_id)
            row.password_hash = CHEAP_HASH
            return user.user_id

    return Person(api.on_database(add), tenant_id, email)


def session_of(api: Running, person: Person, *, stepped_up: bool = False, at: datetime | None = None) -> str:
    """The token of a session, as if the user had signed in, and shown a passkey, at that time."""
    began = at or utc_now()
    limits = Limits(api.settings.session_idle, api.settings.session_lifetime)

    async def begin(database: Database) -> str:
        async with database.transaction() as session:
            token = await begin_session(session, person.user_id, began, limits)
            return await step_up(session, token, began) if stepped_up else token

    return api.on_database(begin)
