"""Shows the pages of an answer: its one message is changed, what does not fit there follows it.

What Slack does not take in one form is shown in the next simpler one: the whole page, each of its
sections in a message of its own, the same without blocks, a file, and a fixed sentence at last. The
parts that a page is taken apart into have numbers of their own, so that nothing is said twice or
left out wherever a crash came between.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace

from bot.delivery import marks
from bot.delivery.codes import STREAMING
from bot.delivery.posting import Place, Posting, Unfit, undeliverable
from bot.delivery.slack import Granted, OutcomeUnknown, Slack, SlackRefused, with_picture
from bot.delivery.streams import Streams, recipient
from bot.ledger.ledger import FILE, PLACEHOLDER, Ledger, Sent
from bot.views.notices import Notice
from bot.views.render import File, Page, leaves, notice, picture, plain, snippet
from generators.draft import Destination

POLLS_S = (0.3, 0.6, 1.2, 2.4, 4.8)
"""Waits for Slack to process an uploaded picture before a block may show it."""
APART = 1000
"""Parts of one page that is taken apart."""
APART_FILE = -10
"""The file in place of part n is the part `APART_FILE` - n."""


class Pages:
    """Makes the one message of a request, and those that follow it, say something."""

    def __init__(self, slack: Slack, ledger: Ledger, posting: Posting, streams: Streams) -> None:
        """Take the way out, the record of what was sent, what posts, and what is open."""
        self._slack = slack
        self._ledger = ledger
        self._posting = posting
        self._streams = streams

    async def show(self, place: Place, said: list[Page]) -> None:
        """Show all of these pages. Raises Undeliverable, OutcomeUnknown."""
        await self.first(place, said[0])
        for part, page in enumerate(said[1:], start=1):
            if page.file is not None and not page.blocks:
                await self._share(place, page.file, APART_FILE - part)
            else:
                await self._page(place, part, page)

    async def first(self, place: Place, page: Page, part: int = FILE) -> None:
        """Show a page in the one message; its file, if any, is the part that is named."""
        if page.file is not None and page.file.inline:
            return await self._with_picture(place, page, page.file, part)
        if page.file is not None:
            await self._share(place, page.file, part)
        if part != FILE:
            return await self.change(place, page)  # a card: its buttons have no simpler form
        return await self._page(place, PLACEHOLDER, page)

    async def change(self, place: Place, page: Page) -> None:
        """Make the one message say this; what was streamed into it ends, and is replaced.

        Raises Undeliverable, Unfit, OutcomeUnknown.
        """
        try:
            await self._change(place, page)
        except SlackRefused as refused:
            if refused.code == STREAMING:  # Slack will have ended it by the next attempt
                raise OutcomeUnknown(refused.code) from refused
            raise undeliverable(refused) from refused

    async def _change(self, place: Place, page: Page) -> None:
        key = await self._streams.finish(place.channel, place.ts)
        if key is None and recipient(place.request) is not None:
            key = (place.request.id.hex, PLACEHOLDER)  # Slack may have ended a stream by itself
        metadata = marks.metadata(key) if key else None
        try:
            await self._slack.update(place.channel, place.ts, page, metadata)
        except SlackRefused as refused:
            if refused.code != STREAMING:
                raise
            key = (place.request.id.hex, PLACEHOLDER)  # a process that ended left it open
            await self._streams.stop(place.channel, place.ts, key)
            await self._slack.update(place.channel, place.ts, page, marks.metadata(key))

    async def _page(self, place: Place, part: int, page: Page) -> None:
        """Show a page in one message, or in several where Slack does not take it so."""
        apart = leaves(page)
        is_apart = len(apart) > 1 and await self._is_apart(place, part)
        if not is_apart and await self._fits(place, part, page):
            return
        for number, leaf in enumerate(apart):
            await self._leaf(place, numbered(part, number), leaf, page)

    async def _is_apart(self, place: Place, part: int) -> bool:
        """Tell whether an earlier attempt has shown the page in several messages, or begun to."""
        return numbered(part, 1) in await self._ledger.parts(place.request)

    async def _leaf(self, place: Place, part: int, leaf: Page, page: Page) -> None:
        for form in (leaf, plain(leaf)):
            if form is not page and await self._fits(place, part, form):
                return
        told = snippet(leaf, f"answer-{part}.txt" if part else "answer.txt", place.language)
        try:
            if told.file:
                await self._share(place, told.file, APART_FILE - part)
        except SlackRefused:
            told = notice(Notice.FAILED, place.language, place.request.name)
        if not await self._fits(place, part, told):
            await self._put(place, part, plain(told))

    async def _fits(self, place: Place, part: int, page: Page) -> bool:
        try:
            await self._put(place, part, page)
        except Unfit:
            return False
        return True

    async def _put(self, place: Place, part: int, page: Page) -> None:
        if part == PLACEHOLDER:
            await self.change(place, page)
            return
        thread = place.request.reply_to.thread_ts or place.ts
        to = Destination(channel=place.channel, thread_ts=thread)
        await self._posting.once(place.request, part, page, to)

    async def _with_picture(self, place: Place, page: Page, file: File, part: int) -> None:
        before = await self._ledger.sending(place.request, part, place.channel)
        file_id = await self._slack.upload(file, None, None, self._granted(place, part))
        shown = with_picture(page, picture(file_id, file.alt))
        for wait_s in POLLS_S:
            try:
                await self.change(place, shown)
            except Unfit:
                await asyncio.sleep(wait_s)  # the picture is not processed yet
            else:
                return await self._instead(place, before)
        await self._ledger.unsent(place.request, part)
        return await self.first(place, replace(page, file=replace(file, inline=False)), part)

    def _granted(self, place: Place, part: int) -> Granted:
        """Return what writes down which file a part is, in place of an earlier attempt's."""

        async def granted(file_id: str) -> None:
            await self._ledger.unsent(place.request, part)
            await self._ledger.sending(place.request, part, place.channel)
            await self._ledger.sent(place.request, part, place.channel, file_id)

        return granted

    async def _instead(self, place: Place, before: Sent | None) -> None:
        """Delete the picture of an earlier attempt, which no message shows any more."""
        if before is not None and before.ts:
            with suppress(SlackRefused, OutcomeUnknown):
                await self._slack.delete(place.channel, before.ts)

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
        await self._posting.settled(sent)
        return place.channel in await self._slack.places(sent.ts or "")


def numbered(part: int, number: int) -> int:
    """Return the part that the nth message of a page taken apart is; the first is the page itself.

    >>> [numbered(0, 0), numbered(0, 1), numbered(2, 0), numbered(2, 3)]
    [0, 1001, 2, 3003]
    """
    return (part + 1) * APART + number if number else part
