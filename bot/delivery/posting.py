"""Posts a message once, also after a crash or a lost answer.

That is the only call that must not be repeated: it is written down before it is made, and looked
for when nobody knows whether it happened.
"""

import asyncio
from dataclasses import dataclass
from typing import Literal

from bot.delivery import marks
from bot.delivery.codes import FAILED, GONE, UNFIT
from bot.delivery.marks import Key
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
from bot.delivery.streams import Streams
from bot.ledger.ledger import Ledger, Sent
from bot.ledger.rows import now_ms
from bot.views.render import Page
from generators.draft import Destination, Request
from generators.sentences import Language

PATIENCE_S = 10.0
"""How long a post may take; past it and `settle_s`, a message that is not there was not stored."""

Spot = tuple[str, str]
"""A channel and the ts of a message in it."""
How = Literal["usual", "live", "here"]
"""`live`: as a stream where there can be one; `here`: in this channel, or nowhere."""


class Undeliverable(Exception):  # noqa: N818 - reads as the state it names
    """Neither the channel nor the person's direct messages take the message."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the one message of a request is; no `ts` for an answer that only one person sees."""

    request: Request
    channel: str
    ts: str
    language: Language
    stopped: bool = False
    """Whether who asked has stopped it, so that what is shown is not all."""


class Unfit(Undeliverable):
    """Slack does not take the message in this form."""


class Posting:
    """Makes new messages."""

    def __init__(self, slack: Slack, ledger: Ledger, streams: Streams, *, settle_s: float) -> None:
        """Take the way out, the record of what was sent, and what may begin as a stream."""
        self._slack = slack
        self._ledger = ledger
        self._streams = streams
        self._settle_s = settle_s

    async def once(
        self, request: Request, part: int, page: Page, to: Destination, how: How = "usual"
    ) -> Spot:
        """Post a message once and return where it is.

        In the person's direct messages where it cannot be posted. Raises Undeliverable, Unfit.
        """
        sent = await self._ledger.sending(request, part, to.channel)
        if how == "live" and sent is not None:
            how = "usual"
        while True:
            if sent is not None and sent.ts:
                return sent.channel, sent.ts
            if sent is not None:
                found = await self._found(sent, _key(request, part), request.user, to, how)
                if found:
                    await self._ledger.sent(request, part, *found)
                    self._ledger.reconciled("found")
                    return found
            try:
                real, ts = await self._made(request, part, page, to, how)
            except OutcomeUnknown:
                sent = Sent(to.channel, now_ms(), None)
                how = "here" if how == "here" else "usual"
                continue
            await self._ledger.sent(request, part, real, ts)
            if sent is not None:
                self._ledger.reconciled("again")
            return real, ts

    async def settled(self, sent: Sent) -> None:
        """Wait until what was sent is there, or was not stored."""
        late_s = sent.sent_ms / 1000 + PATIENCE_S + self._settle_s - now_ms() / 1000
        await asyncio.sleep(max(0.0, min(late_s, PATIENCE_S + self._settle_s)))

    async def _made(
        self, request: Request, part: int, page: Page, to: Destination, how: How
    ) -> Spot:
        key = _key(request, part)
        if how == "live" and (ts := await self._streams.start(request, key, page.text)):
            return to.channel, ts
        try:
            return await self._post(key, page, to, "" if how == "here" else request.user)
        except Undeliverable:  # it is nowhere, and whoever tries again need not look for it
            await self._ledger.unsent(request, part)
            raise

    async def _post(self, key: Key, page: Page, to: Destination, user: str) -> Spot:
        metadata = marks.metadata(key)
        real = await self._real(to.channel)
        try:
            return real, await self._slack.post(real, page, to.thread_ts, metadata)
        except SlackRefused as refused:
            if refused.code not in GONE or not user or real.startswith("D"):
                raise undeliverable(refused) from refused
        real = await self._slack.open_dm(user)
        try:
            return real, await self._slack.post(real, page, None, metadata)
        except SlackRefused as refused:
            raise undeliverable(refused) from refused

    async def _found(
        self, sent: Sent, key: Key, user: str, to: Destination, how: How
    ) -> Spot | None:
        await self.settled(sent)
        payload: dict[str, str | int] = {"request_id": key[0], "part": key[1]}
        places = [(await self._real(sent.channel), to.thread_ts)]
        if how != "here":
            places.append((await self._slack.open_dm(user), None))
        for channel, thread in places:
            try:
                since_s = sent.sent_ms / 1000 - PATIENCE_S
                ts = await self._slack.find(channel, thread, since_s, payload)
            except SlackRefused as refused:
                if refused.code in FAILED:
                    raise  # it may be there
                continue  # not in that channel: it cannot be there
            if ts:
                return channel, ts
        return None

    async def _real(self, channel: str) -> str:
        return await self._slack.open_dm(channel) if channel.startswith(("U", "W")) else channel


def _key(request: Request, part: int) -> Key:
    return request.id.hex, part


def undeliverable(refused: SlackRefused) -> Undeliverable:
    """Return what a refusal means for a message."""
    return (Unfit if refused.code in UNFIT else Undeliverable)(refused.code)
