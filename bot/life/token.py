"""Whether Slack takes the bot's token. While it does not, nothing is sent and nothing is lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

REFUSED = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "token_expired",
        "token_revoked",
        "user_removed_from_team",
    }
)
"""Codes for a token that no call works with (docs.slack.dev/reference/methods/auth.test)."""
ASK_AGAIN_S = 30.0


@dataclass(slots=True, kw_only=True)
class Token:
    """Whether the token works, as far as Slack said."""

    ask: Callable[[], Awaitable[object]]
    """Asks Slack; raises while it does not work."""
    back: Callable[[], None] = lambda: None
    """Called when it works again."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _bad: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    @property
    def works(self) -> bool:
        """Whether anything should be sent."""
        return not self._bad.is_set()

    def refused(self, code: str) -> None:
        """Note that Slack refused the token; said once, however many calls fail."""
        if self.works:
            log.error(
                "Slack refuses the bot's token (%(code)s): install the app again, or put the new "
                "SLACK_BOT_TOKEN in place and start the bot again; requests wait until then",
                {"code": code},
            )
            self._bad.set()

    async def watch(self) -> None:
        """Ask every half minute while it is refused, until cancelled."""
        while True:
            await self._bad.wait()
            await self.sleep(ASK_AGAIN_S)
            try:
                await self.ask()
            except Exception:  # noqa: BLE001, S112 - whatever it is, the token is not known to work
                continue
            self._bad.clear()
            log.warning("Slack takes the bot's token again")
            self.back()
