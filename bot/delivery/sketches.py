"""Half-made pictures in the one message of a request while it is drawn; each was judged before.

They are uploaded for that message alone, stay in it while it says how far the picture is, and are
deleted once the answer stands in their place. One that Slack does not take is left out.
"""

import asyncio
from contextlib import suppress
from typing import Final

from bot.delivery.pages import Pages
from bot.delivery.posting import Place, Unfit
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused, with_picture
from bot.views.render import Block, Page, picture

POLLS_S: Final = (0.3, 0.6, 1.2)
"""Waits for Slack to process one; then the next is due."""


class Sketches:
    """Which messages show one now."""

    def __init__(self, slack: Slack, pages: Pages) -> None:
        """Take the way out, and what changes messages."""
        self._slack = slack
        self._pages = pages
        self._shown: dict[tuple[str, str], Block] = {}

    async def show(self, place: Place, page: Page) -> None:
        """Show a page with its picture, in place of an earlier one. Raises Undeliverable."""
        if page.file is None:
            return
        with suppress(SlackRefused, OutcomeUnknown):
            file_id = await self._slack.upload(page.file, None, None)
            block = picture(file_id, page.file.alt)
            if await self._changed(place, with_picture(page, block)):
                await self.over(place)
                self._shown[place.channel, place.ts] = block
            else:
                await self._slack.delete("", file_id)

    def on(self, place: Place, page: Page) -> Page:
        """Return a page that says how far it is, with what the message shows now."""
        block = self._shown.get((place.channel, place.ts))
        return page if block is None else with_picture(page, block)

    async def over(self, place: Place) -> None:
        """Delete what is no longer shown."""
        block = self._shown.pop((place.channel, place.ts), None)
        if block is not None:
            with suppress(SlackRefused, OutcomeUnknown):
                await self._slack.delete("", str(block["slack_file"]["id"]))

    async def _changed(self, place: Place, page: Page) -> bool:
        for wait_s in POLLS_S:
            await asyncio.sleep(wait_s)
            with suppress(Unfit):  # it is not processed yet
                await self._pages.change(place, page)
                return True
        return False
