"""Half-made pictures in the one message of a request while it is drawn; each was judged before.

They are uploaded for that message alone, stay in it while it says how far the picture is, and are
deleted once the answer stands in their place. One that Slack does not take is left out. Each file
is written down before it is filled (`bot.ledger.sketched`), so that whatever is left of one, by a
crash or because Slack would not delete it, is deleted later (`bot.deleting`).
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bot.delivery.pages import Pages
from bot.delivery.posting import Place, Unfit
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused, with_picture
from bot.ledger.ledger import Ledger
from bot.ledger.posted import Posted
from bot.views.render import Block, File, Page, picture

POLLS_S: Final = (0.3, 0.6, 1.2)
"""Waits for Slack to process one; then the next is due."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a message shows now, and which file that is."""

    block: Block
    file: Posted


class Sketches:
    """Which messages show one now."""

    def __init__(self, slack: Slack, pages: Pages, ledger: Ledger) -> None:
        """Take the way out, what changes messages, and the record of what was uploaded."""
        self._slack = slack
        self._pages = pages
        self._book = ledger.sketched
        self._shown: dict[tuple[str, str], _Shown] = {}

    async def show(self, place: Place, page: Page, sha256: str) -> None:
        """Show a page with its picture, the content of this fingerprint, in place of an earlier.

        Raises Undeliverable, Unjudged, LedgerUnavailable.
        """
        if page.file is None:
            return
        with suppress(SlackRefused, OutcomeUnknown):
            file = await self._uploaded(place, page.file, sha256)
            block = picture(file.ts, page.file.alt)
            if await self._changed(place, with_picture(page, block)):
                await self.over(place)
                self._shown[place.channel, place.ts] = _Shown(block, file)
            else:
                await self._delete(file)

    def on(self, place: Place, page: Page) -> Page:
        """Return a page that says how far it is, with what the message shows now."""
        shown = self._shown.get((place.channel, place.ts))
        return page if shown is None else with_picture(page, shown.block)

    async def over(self, place: Place) -> None:
        """Delete what is no longer shown."""
        shown = self._shown.pop((place.channel, place.ts), None)
        if shown is not None:
            with suppress(SlackRefused, OutcomeUnknown):
                await self._delete(shown.file)

    async def _uploaded(self, place: Place, file: File, sha256: str) -> Posted:
        written: list[Posted] = []

        async def granted(file_id: str) -> None:
            spot = place.channel, file_id
            written.append(await self._book.uploading(place.request, sha256, spot))

        await self._slack.upload(file, None, None, granted)
        return written[0]

    async def _delete(self, file: Posted) -> None:
        await self._slack.delete("", file.ts)
        await self._book.removed(file)

    async def _changed(self, place: Place, page: Page) -> bool:
        for wait_s in POLLS_S:
            await asyncio.sleep(wait_s)
            with suppress(Unfit):  # it is not processed yet
                await self._pages.change(place, page)
                return True
        return False
