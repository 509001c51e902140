"""The only writer to people: what the gate cleared, and notices, in exactly one message a request.

The placeholder is the only call that must not be repeated, so it is written down before it is made
and looked for when nobody knows whether it happened. All that follows changes that one message.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import assert_never

from bot.delivery.slack import GONE, UNFIT, OutcomeUnknown, Slack, SlackRefused, with_picture
from bot.ledger.ledger import CARD, CARD_FILE, FILE, PLACEHOLDER, Ledger, Sent
from bot.ledger.rows import now_ms
from bot.views.amounts import Blank
from bot.views.notices import Notice
from bot.views.render import File, Page, context, footer, notice, pages, picture
from bot.views.review import card
from generators.draft import Destination, Request
from generators.sentences import Language, language
from moderation.gate import Cleared, Gate, Held

PATIENCE_S = 10.0
"""How long a post may take; past it and `settle_s`, a message that is not there was not stored."""
ASIDE = -2
"""The part of the message that an answer goes to once others read the channel of the first."""
_POLLS_S = (0.3, 0.6, 1.2, 2.4, 4.8)
"""Waits for Slack to process an uploaded picture before a block may show it."""


class Undeliverable(Exception):  # noqa: N818 - reads as the state it names
    """Neither the channel nor the person's direct messages take the message."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the one message of a request is; no `ts` for an answer that only one person sees."""

    request: Request
    channel: str
    ts: str
    language: Language


class Delivery:
    """Shows what may be shown."""

    def __init__(self, slack: Slack, gate: Gate, ledger: Ledger, *, settle_s: float) -> None:
        """Take the way out, the gate whose seals it trusts, and the record of what was sent."""
        self._slack = slack
        self._gate = gate
        self._ledger = ledger
        self._settle_s = settle_s

    async def place(
        self, request: Request, opening: Notice = Notice.WORKING, **blanks: Blank
    ) -> Place:
        """Post the placeholder, once, however often this is called. Raises Undeliverable."""
        speech, to = language(request.prompt), request.reply_to
        if to.only_for:
            return Place(request, to.channel, "", speech)
        page = notice(opening, speech, footer(request.name), **blanks)
        channel, ts = await self._once(request, PLACEHOLDER, page, to.channel, to.thread_ts)
        return Place(request, channel, ts, speech)

    async def move(self, place: Place) -> Place:
        """Go on in the person's direct messages, and say so where it began. Raises Undeliverable.

        The same place, however often this is called.
        """
        aside = replace(place.request, reply_to=Destination(channel=place.request.user))
        small = footer(aside.name)
        page = notice(Notice.WORKING, place.language, small)
        channel, ts = await self._once(aside, ASIDE, page, aside.user, None)
        if channel != place.channel:
            await self._update(place, notice(Notice.MOVED, place.language, small))
        return Place(aside, channel, ts, place.language)

    async def progress(self, place: Place, item: Notice, **blanks: Blank) -> None:
        """Say how far it is, where Slack's allowance has room for more than answers."""
        if place.ts and self._slack.has_room():
            small = footer(place.request.name)
            page = notice(item, place.language, small, **blanks)
            await self._update(place, page)

    async def show(self, place: Place, item: Cleared | Notice, model: str, **blanks: Blank) -> None:
        """Make the message say this; a part of an answer may be left out, an end never is.

        Raises SealBroken, Undeliverable.
        """
        if isinstance(item, Cleared) and not item.whole and not self._slack.has_room():
            return
        small = self._footer(place, model)
        match item:
            case Notice():
                said = [notice(item, place.language, small, **blanks)]
            case Cleared():
                content = self._gate.open(item, place.request.reply_to)
                under_way = footer(Notice.WRITING.text(place.language), place.request.name)
                said = pages(content, small) if item.whole else pages(content, under_way)[:1]
            case other:
                assert_never(other)
        if not place.ts:
            await self._ephemeral(place, said)
        else:
            await self._pages(place, said)

    async def ask_reviewers(self, held: Held, channel: str, who: str) -> None:
        """Show a held answer to the reviewers, with the buttons to decide."""
        request, content = held.draft.request, held.assessment.content
        small = footer(request.name, ", ".join(held.assessment.categories), held.draft.cost.model)
        page = card(content, request.id.hex, f"{small} · {who}")
        real, ts = await self._once(request, CARD, page, channel, None)
        if page.file:
            there = replace(request, reply_to=Destination(channel=real))
            await self._first(Place(there, real, ts, "en"), page, CARD_FILE)

    async def close_card(self, request: Request, item: Notice) -> None:
        """Replace the reviewers' card by what was decided."""
        sent = await self._ledger.sending(request, CARD, "")
        if sent is not None and sent.ts:
            page = notice(item, "en", footer(request.name))
            await self._slack.update(sent.channel, sent.ts, page)

    async def publish_home(self, user: str, view: dict[str, object]) -> None:
        """Show a person the app's home."""
        await self._slack.publish_home(user, view)

    async def whisper(self, to: Destination, item: Notice, user: str, speech: Language) -> None:
        """Tell one person a fixed sentence where they are; nobody misses it if it is lost."""
        try:
            page = notice(item, speech)
            await self._slack.post_ephemeral(to.channel, page, user, to.thread_ts)
        except (SlackRefused, OutcomeUnknown):
            return

    async def warn(self, place: Place, item: Notice, **blanks: Blank) -> None:
        """Tell the person who asked, and nobody else, a fixed sentence; it may get lost."""
        request, page = place.request, notice(item, place.language, "", **blanks)
        thread = request.reply_to.thread_ts if place.channel == request.reply_to.channel else None
        with suppress(SlackRefused, OutcomeUnknown):
            try:
                await self._slack.post_ephemeral(place.channel, page, request.user, thread)
            except SlackRefused:  # the bot is not there: the person's direct messages are
                direct = await self._slack.open_dm(request.user)
                metadata = {
                    "event_type": "atelier_warning",
                    "event_payload": {"user": request.user},
                }
                await self._slack.post(direct, page, None, metadata)

    def _footer(self, place: Place, model: str) -> str:
        small, to = footer(*_made_by(model), place.request.name), place.request.reply_to
        if place.ts and place.channel == to.channel and not (to.thread_ts or to.channel[0] == "D"):
            return f"{small} · <@{place.request.user}>"  # nobody else saw the slash command
        return small

    async def _pages(self, place: Place, said: list[Page]) -> None:
        await self._first(place, said[0])
        thread = place.request.reply_to.thread_ts or place.ts
        for part, page in enumerate(said[1:], start=1):
            await self._once(place.request, part, page, place.channel, thread)

    async def _first(self, place: Place, page: Page, part: int = FILE) -> None:
        if page.file is None:
            await self._update(place, page)
        elif page.file.inline:
            await self._update_with_picture(place, page, part)
        else:
            await self._share(place, page.file, part)
            await self._update(place, page)

    async def _share(self, place: Place, file: File, part: int) -> None:
        """Share a file in the message's thread once, also after a crash or a lost answer."""
        request, thread = place.request, place.request.reply_to.thread_ts or place.ts
        sent = await self._ledger.sending(request, part, place.channel)
        if sent is not None and sent.ts:
            if await self._shared(place, sent):
                return
            await self._ledger.unsent(request, part)
            await self._ledger.sending(request, part, place.channel)

        async def granted(file_id: str) -> None:
            await self._ledger.sent(request, part, place.channel, file_id)

        await self._slack.upload(file, place.channel, thread, granted)

    async def _shared(self, place: Place, sent: Sent) -> bool:
        """Tell whether a file is in the channel, or will be: Slack may show it a little later."""
        if place.channel in await self._slack.places(sent.ts or ""):
            return True
        await self._settled(sent)
        return place.channel in await self._slack.places(sent.ts or "")

    async def _update_with_picture(self, place: Place, page: Page, part: int) -> None:
        if page.file is None:
            return
        file_id = await self._slack.upload(page.file, None, None)
        shown = with_picture(page, picture(file_id, page.file.alt))
        for wait_s in _POLLS_S:
            try:
                await self._slack.update(place.channel, place.ts, shown)
            except SlackRefused as refused:
                if refused.code != "invalid_blocks":
                    raise Undeliverable(refused.code) from refused
                await asyncio.sleep(wait_s)  # the picture is not processed yet
            else:
                return
        await self._share(place, page.file, part)
        await self._update(place, page)

    async def _update(self, place: Place, page: Page) -> None:
        try:
            await self._slack.update(place.channel, place.ts, page)
        except SlackRefused as refused:
            if refused.code not in UNFIT:
                raise Undeliverable(refused.code) from refused
            plain = Page(page.text, [context(page.text[:2000]), *page.blocks[-1:]])
            await self._slack.update(place.channel, place.ts, plain)

    async def _ephemeral(self, place: Place, said: list[Page]) -> None:
        user, to = place.request.user, place.request.reply_to
        for part, page in enumerate(said, start=PLACEHOLDER):
            try:
                await self._slack.post_ephemeral(to.channel, page, user, to.thread_ts)
            except SlackRefused:  # the bot is not there: the person's direct messages are
                await self._once(place.request, part, page, user, None)

    async def _once(
        self, request: Request, part: int, page: Page, channel: str, thread_ts: str | None
    ) -> tuple[str, str]:
        """Post a message once and return where it is, also after a crash or a lost answer."""
        sent = await self._ledger.sending(request, part, channel)
        while True:
            if sent is not None and sent.ts:
                return sent.channel, sent.ts
            if sent is not None:
                found = await self._found(sent, request, part, thread_ts)
                if found:
                    await self._ledger.sent(request, part, found[0], found[1])
                    return found
            try:
                real, ts = await self._post(request, part, page, channel, thread_ts)
            except OutcomeUnknown:
                sent = Sent(channel, now_ms(), None)
                continue
            await self._ledger.sent(request, part, real, ts)
            return real, ts

    async def _post(
        self, request: Request, part: int, page: Page, channel: str, thread_ts: str | None
    ) -> tuple[str, str]:
        metadata = {"event_type": "atelier_message", "event_payload": _key(request, part)}
        real = await self._real(channel)
        try:
            return real, await self._slack.post(real, page, thread_ts, metadata)
        except SlackRefused as refused:
            if refused.code not in GONE or part == CARD or real.startswith("D"):
                raise Undeliverable(refused.code) from refused
        real = await self._slack.open_dm(request.user)
        try:
            return real, await self._slack.post(real, page, None, metadata)
        except SlackRefused as refused:
            raise Undeliverable(refused.code) from refused

    async def _found(
        self, sent: Sent, request: Request, part: int, thread_ts: str | None
    ) -> tuple[str, str] | None:
        await self._settled(sent)
        places = [(await self._real(sent.channel), thread_ts)]
        if part != CARD:
            places.append((await self._slack.open_dm(request.user), None))
        for channel, thread in places:
            try:
                since_s = sent.sent_ms / 1000 - PATIENCE_S
                ts = await self._slack.find(channel, thread, since_s, _key(request, part))
            except SlackRefused:
                continue  # not in that channel: it cannot be there
            if ts:
                return channel, ts
        return None

    async def _settled(self, sent: Sent) -> None:
        """Wait until what was sent is there, or was not stored."""
        late_s = sent.sent_ms / 1000 + PATIENCE_S + self._settle_s - now_ms() / 1000
        await asyncio.sleep(max(0.0, min(late_s, PATIENCE_S + self._settle_s)))

    async def _real(self, channel: str) -> str:
        return await self._slack.open_dm(channel) if channel.startswith(("U", "W")) else channel


def _key(request: Request, part: int) -> dict[str, str | int]:
    return {"request_id": request.id.hex, "part": part}


def _made_by(model: str) -> tuple[str, ...]:
    match model:
        case "" | "atelier":
            return ()
        case "built-in":
            return ("built-in, no language model",)
        case _:
            return ("AI-generated", model)
