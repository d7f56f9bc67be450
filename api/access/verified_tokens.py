"""Verified tokens, remembered: checking a signature costs far more than all else in a small request."""

from collections import OrderedDict
from datetime import datetime

from api.access.account_watch import IMPATIENT_SECONDS, AccountWatch
from api.access.authentication import InvalidToken, Principal
from api.access.tokens import TokenRules, UnknownKey, VerifiedToken
from api.clock import Clock, utc_now

MOST_REMEMBERED = 10_000


class VerifiedTokens:
    """The API's authenticator: verifies a token once, then knows it until it expires or its client loses access."""

    def __init__(self, rules: TokenRules, watch: AccountWatch, now: Clock = utc_now) -> None:
        self._rules = rules
        self._watch = watch
        self._now = now
        self._remembered: OrderedDict[str, VerifiedToken] = OrderedDict()

    async def authenticate(self, token: str) -> Principal:
        """The principal of ``token``; raises ``InvalidToken``, or ``AccountsUnread``."""
        now = self._now()
        accounts = self._watch.accounts()
        verified = self._remembered.get(token)
        if verified is None:
            verified = await self._verify(token, now)
            accounts = self._watch.accounts()
        if verified.expires_at <= now or accounts.keys.verifier(verified.kid, now) is None:
            self._remembered.pop(token, None)
            raise InvalidToken("expired")
        principal = verified.principal
        if principal.id in accounts.blocked_clients or principal.tenant_id in accounts.removed_tenants:
            raise InvalidToken("access was taken away")
        return principal

    async def _verify(self, token: str, now: datetime) -> VerifiedToken:
        try:
            verified = self._rules.verify(token, self._watch.accounts().keys, now)
        except UnknownKey:
            # perhaps another process signed with a key made after our last reading
            await self._watch.refresh(older_than=IMPATIENT_SECONDS)
            verified = self._rules.verify(token, self._watch.accounts().keys, now)
        self._remember(token, verified)
        return verified

    def _remember(self, token: str, verified: VerifiedToken) -> None:
        self._remembered[token] = verified
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
