"""The only writer to people: what the gate cleared, and notices, in exactly one message a request.

The placeholder is the only call that must not be repeated (`bot.delivery.posting`). All that
follows changes that one message (`bot.delivery.pages`), or is streamed into it
(`bot.delivery.streams`).
"""

from contextlib import suppress
from dataclasses import replace
from typing import assert_never

from bot.delivery.codes import UNFIT
from bot.delivery.pages import Pages
from bot.delivery.posting import How, Place, Posting, Spot
from bot.delivery.sessions import Sessions
from bot.delivery.sketches import Sketches
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
from bot.delivery.streams import Streams
from bot.ledger.ledger import PLACEHOLDER, Ledger
from bot.ledger.replying import ANNOUNCED, REPLY
from bot.ledger.reviewing import CARD, CARD_FILE, CLAIMED, REPORT, part_of
from bot.ledger.rows import Made
from bot.views import pictured
from bot.views.alert import alerting
from bot.views.amounts import Blank
from bot.views.made import made_by
from bot.views.notices import Notice
from bot.views.planning import plannable
from bot.views.programs import buttons
from bot.views.render import Page, footer, notice, pages, plain
from bot.views.reply import decidable
from bot.views.review import answerable, card, reportable
from generators.draft import Code, Content, Destination, Image, Request, words
from generators.sentences import Language, language
from generators.support.sending import above_the_rule
from moderation.gate import Cleared, Gate, Held

ASIDE = -2
"""The part of the message that an answer goes to once others read the channel of the first."""


class Delivery:
    """Shows what may be shown."""

    def __init__(
        self, slack: Slack, gate: Gate, ledger: Ledger, *, settle_s: float, streams: bool = True
    ) -> None:
        """Take the way out, the gate whose seals it trusts, and the record of what was sent.

        `streams`: answers are streamed where Slack and the gate let them.
        """
        self._slack = slack
        self._gate = gate
        self._ledger = ledger
        self._may_stream = streams
        self._streams = Streams(slack)
        self._sessions = Sessions(slack)
        self._posting = Posting(slack, ledger, self._streams, settle_s=settle_s)
        self._pages = Pages(slack, ledger, self._posting, self._streams)
        self._sketches = Sketches(slack, self._pages, ledger)

    async def place(
        self, request: Request, opening: Notice = Notice.WORKING, **blanks: Blank
    ) -> Place:
        """Post the placeholder, once, however often this is called. Raises Undeliverable."""
        speech, to = language(request.prompt), request.reply_to
        if to.only_for:
            return Place(request, to.channel, "", speech)
        page = notice(opening, speech, footer(request.name), **blanks)
        may = self._may_stream and self._gate.streams(request)
        how: How = "live" if may and opening is Notice.WORKING else "usual"
        channel, ts = await self._posting.once(request, PLACEHOLDER, page, to, how)
        if opening is Notice.QUEUED:
            await self._sessions.busy(request)
        return Place(request, channel, ts, speech)

    async def move(self, place: Place) -> Place:
        """Go on in the person's direct messages, and say so where it began. Raises Undeliverable.

        The same place, however often this is called.
        """
        aside = replace(place.request, reply_to=Destination(channel=place.request.user))
        small = footer(aside.name)
        page = notice(Notice.WORKING, place.language, small)
        channel, ts = await self._posting.once(aside, ASIDE, page, aside.reply_to)
        if channel != place.channel:
            await self._pages.change(place, notice(Notice.MOVED, place.language, small))
        return Place(aside, channel, ts, place.language)

    async def progress(self, place: Place, item: Notice, **blanks: Blank) -> None:
        """Say how far it is, where Slack's allowance has room for more than answers."""
        said = item.text(place.language, **blanks)
        if not place.ts or await self._streams.tell(place.channel, place.ts, said):
            return
        if item is Notice.WRITING:
            await self._sessions.busy(place.request)
        if self._slack.has_room():
            small = footer(place.request.name)
            page = notice(item, place.language, small, **blanks)
            await self._pages.change(place, self._sketches.on(place, page))

    async def show(self, place: Place, item: Cleared | Notice, model: str, **blanks: Blank) -> None:
        """Make the message say this; a part of an answer may be left out, an end never is.

        Raises SealBroken, Undeliverable.
        """
        match item:
            case Notice():
                small = self._footer(replace(place, stopped=False), model)
                page = notice(item, place.language, small, **blanks)
                said = [answerable(page, item, place.request.id.hex)]
            case Cleared() if not item.whole:
                return await self._part(place, item)
            case Cleared():
                content = self._gate.open(item, place.request.reply_to)
                said = pages(content, self._footer(place, model), place.language)
                if place.ts:
                    said[0] = _answered(said[0], place, content, model)
            case other:
                assert_never(other)
        if not place.ts:
            await self._ephemeral(place, said)
        else:
            await self._pages.show(place, said)
            await self._sketches.over(place)
            await self._rested(place, item)
        return None

    async def _rested(self, place: Place, item: Cleared | Notice) -> None:
        if item is Notice.HELD:
            await self._sessions.rest(place.request, "suspended", anyway=True)
        else:  # Slack's own stop button leaves the session to us
            stopped = place.stopped or item is Notice.STOPPED
            await self._sessions.rest(place.request, anyway=stopped)

    async def _part(self, place: Place, item: Cleared) -> None:
        """Show the beginning of an answer: streamed where it is, or as the first page of one."""
        content = self._gate.open(item, place.request.reply_to)
        if isinstance(content, Image):
            if self._slack.has_room():
                small = footer(Notice.SKETCH.text(place.language), place.request.name)
                half = pages(content, small, place.language)[0]
                await self._sketches.show(place, half, item.assessment.sha256)
            return
        streamed = await self._streams.extend(place.channel, place.ts, words(content))
        if streamed or not self._slack.has_room():
            return
        under_way = footer(Notice.WRITING.text(place.language), place.request.name)
        await self._pages.change(place, pages(content, under_way, place.language)[0])

    async def ask_reviewers(self, held: Held, channel: str, who: str, number: int = 1) -> None:
        """Show a held answer to the reviewers, with the buttons to decide, once in each round."""
        request, content = held.draft.request, held.assessment.content
        small = footer(request.name, ", ".join(held.assessment.categories), held.draft.cost.model)
        page = card(content, request.id.hex, f"{small} · {who}", number)
        await self._card(request, page, channel, number)

    async def show_report(self, request: Request, made: Made, channel: str, reason: str) -> None:
        """Show an answer that was reported to the reviewers, with the buttons to decide, once."""
        small = footer(request.name, reason, made.model)
        page = card(made.content, request.id.hex, f"{small} · <@{request.user}>", REPORT)
        await self._card(request, page, channel, REPORT)

    async def tell_reporter(self, request: Request, part: int, person: str) -> None:
        """Tell who reported an answer, in their direct messages and once, what happens now."""
        page = notice(Notice.REPORT_FILED, language(request.prompt), footer(request.name))
        await self._posting.once(request, part, page, Destination(channel=person), "here")

    async def retell_reporter(self, request: Request, spot: Spot, item: Notice) -> None:
        """Change what who reported an answer was told."""
        page = notice(item, language(request.prompt), footer(request.name))
        await self._slack.update(*spot, page)

    async def _card(self, request: Request, page: Page, channel: str, number: int) -> None:
        to = Destination(channel=channel)
        real, ts = await self._posting.once(request, part_of(CARD, number), page, to, "here")
        if page.file:
            there = replace(request, reply_to=Destination(channel=real))
            place = Place(there, real, ts, "en")
            await self._pages.first(place, page, part_of(CARD_FILE, number))

    async def mark_card(self, request: Request, reviewer: str, number: int) -> None:
        """Say below the reviewers' card who is looking at it."""
        sent = await self._ledger.sending(request, part_of(CARD, number), "")
        if sent is not None and sent.ts:
            page = notice(Notice.CLAIMED_CARD, "en", f"<@{reviewer}>")
            to = Destination(channel=sent.channel, thread_ts=sent.ts)
            spot = await self._posting.once(request, part_of(CLAIMED, number), page, to, "here")
            await self._slack.update(*spot, page)  # somebody may have claimed it before

    async def answer_alert(self, request: Request, item: Notice, who: str, part: int) -> None:
        """Say in the thread of an alert, once for each part, what somebody has made of it."""
        sent = await self._ledger.sending(request, PLACEHOLDER, "")
        if sent is not None and sent.ts:
            page = notice(item, language(request.prompt), f"<@{who}>")
            to = Destination(channel=sent.channel, thread_ts=sent.ts)
            await self._posting.once(request, part, page, to, "here")

    async def close_card(self, request: Request, item: Notice, number: int = 1) -> None:
        """Replace the reviewers' card by what was decided."""
        sent = await self._ledger.sending(request, part_of(CARD, number), "")
        if sent is not None and sent.ts:
            page = notice(item, "en", footer(request.name))
            await self._slack.update(sent.channel, sent.ts, page)

    async def send_reply(self, cleared: Cleared, who: str) -> None:
        """Post a reply that a person approved in the customer's thread, once.

        Raises SealBroken, Undeliverable, SlackRefused, OutcomeUnknown.
        """
        request, to = cleared.draft.request, cleared.draft.request.reply_to
        content = self._gate.open(cleared, to)
        speech = language(words(content))
        by = Notice.REPLY_BY.text(speech)
        small = footer(*made_by(cleared.draft.cost.model, speech), request.name)
        page, *_ = pages(content, f"{small} · {by} · <@{who}>")
        await self._posting.once(request, REPLY, page, to, "here")

    async def announce(self, request: Request, item: Notice, channel: str) -> None:
        """Tell a channel a fixed sentence of a request, once. Raises as `send_reply` does."""
        page = notice(item, "en", footer(request.name))
        await self._posting.once(request, ANNOUNCED, page, Destination(channel=channel), "here")

    async def hand_over(self, request: Request, to: Destination, speech: Language) -> None:
        """Tell a customer in their thread, once, that a person takes over. Raises alike."""
        page = notice(Notice.REPLY_HANDED, speech, footer(request.name))
        await self._posting.once(request, REPLY, page, to, "here")

    async def close_draft(self, request: Request, item: Notice) -> None:
        """Let the message of a draft say what became of it, without its buttons."""
        sent = await self._ledger.sending(request, PLACEHOLDER, "")
        if sent is not None and sent.ts:
            page = notice(item, language(request.prompt), footer(request.name))
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
                about = {"event_type": "atelier_warning", "event_payload": {"user": request.user}}
                await self._slack.post(direct, page, None, about)

    def _footer(self, place: Place, model: str) -> str:
        stopped = (Notice.STOPPED.text(place.language),) if place.stopped else ()
        small = footer(*stopped, *made_by(model, place.language), place.request.name)
        to = place.request.reply_to
        if place.ts and place.channel == to.channel and not (to.thread_ts or to.channel[0] == "D"):
            return f"{small} · <@{place.request.user}>"  # nobody else saw the slash command
        return small

    async def _ephemeral(self, place: Place, said: list[Page]) -> None:
        user, to = place.request.user, place.request.reply_to
        for part, page in enumerate(said, start=PLACEHOLDER):
            try:
                await self._whispered(to, page, user)
            except SlackRefused:  # the bot is not there: the person's direct messages are
                await self._posting.once(place.request, part, page, Destination(channel=user))

    async def _whispered(self, to: Destination, page: Page, user: str) -> None:
        try:
            await self._slack.post_ephemeral(to.channel, page, user, to.thread_ts)
        except SlackRefused as refused:
            if refused.code not in UNFIT:
                raise
            await self._slack.post_ephemeral(to.channel, plain(page), user, to.thread_ts)


def _answered(page: Page, place: Place, content: Content, model: str) -> Page:
    """Return the first page of an answer with the buttons for what can be done next."""
    request, speech = place.request, place.language
    if isinstance(content, Code):
        page = replace(page, blocks=[*page.blocks, buttons(content, request, speech)])
    page = replace(page, blocks=[*page.blocks, *pictured.buttons(content, request, speech)])
    page = alerting(plannable(page, request, speech), request, speech)
    if request.about:
        page = decidable(page, request.id.hex, above_the_rule(words(content)), speech)
    return reportable(page, request.id.hex, speech) if made_by(model, speech) else page
