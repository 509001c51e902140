"""What Slack does not take is shown in a simpler form, and nothing of it is lost or repeated."""

import html
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from bot.delivery.codes import UNFIT
from bot.delivery.delivery import Delivery
from bot.delivery.pages import APART, APART_FILE, numbered
from bot.delivery.posting import Undeliverable
from bot.delivery.slack import Granted, SlackRefused
from bot.ledger.ledger import Ledger
from bot.views.mrkdwn import mrkdwn
from bot.views.notices import Notice
from bot.views.render import File, Page, leaves, pages, plain, snippet
from generators.draft import Code, Text
from moderation.gate import Gate
from tests.bot.builders import request
from tests.bot.delivery.showing import LONG, THREAD, accepted, cleared, only
from tests.bot.recorder import Recorder, refused, unheeded
from tests.bot.shown import reads, said

MINUTE = pytest.mark.thorough
WORDS = ["word ", "退款。", "\n\n", "🎉 ", "مرحبا ", "<&> ", "**b** ", "x" * 700, "\n- item\n"]
LONGER = st.lists(st.sampled_from(WORDS), min_size=1, max_size=80).map("".join)


class Died(Exception):  # noqa: N818 - reads as the state it names
    """The process came to its end here."""


@dataclass
class Narrow(Recorder):
    """A Slack that takes only some forms of a message, and breaks off now and then."""

    blocks: int = 50
    chars: int = 40_000
    takes_files: bool = True
    breaks: Iterator[bool] = field(default_factory=lambda: iter(()))

    def takes(self, page: Page) -> None:
        if next(self.breaks, False):
            raise Died
        size = sum(len(said(block)) for block in page.blocks) or len(page.text)
        if len(page.blocks) > self.blocks or size > self.chars:
            raise SlackRefused(sorted(UNFIT)[size % len(UNFIT)])

    @override
    async def post(
        self, channel: str, page: Page, thread_ts: str | None, metadata: dict[str, Any]
    ) -> str:
        if metadata["event_payload"]["part"]:
            self.takes(page)
        return await super().post(channel, page, thread_ts, metadata)

    @override
    async def update(
        self, channel: str, ts: str, page: Page, metadata: dict[str, Any] | None = None
    ) -> None:
        self.takes(page)
        await super().update(channel, ts, page, metadata)

    @override
    async def upload(
        self, file: File, channel: str | None, thread_ts: str | None, granted: Granted = unheeded
    ) -> str:
        if not self.takes_files:
            raise SlackRefused("file_upload_size_restricted")
        return await super().upload(file, channel, thread_ts, granted)


def delivery_over(slack: Recorder, seals: Gate, ledger: Ledger) -> Delivery:
    return Delivery(slack, seals, ledger, settle_s=0.0)


def shown(slack: Recorder) -> str:
    """Return what a person reads from top to bottom, files in their places, no small print."""
    parts = {m.metadata["event_payload"]["part"]: m for m in slack.messages}
    files = {upload.file.name: upload.file.data.decode() for upload in slack.uploads}
    return "".join(_words(parts[part].page, part, files) for part in sorted(parts, key=_place))


def _place(part: int) -> tuple[int, int]:
    return (part // APART - 1, part % APART) if part >= APART else (part, 0)


def _words(page: Page, part: int, files: dict[str, str]) -> str:
    text = reads(page)
    if text.startswith(Notice.TOO_LONG.text("en")):
        return files[f"answer-{part}.txt" if part else "answer.txt"]
    kept = [line for line in text.split("\n") if " · req_" not in line]
    return html.unescape("\n".join(kept))


def bare(text: str) -> str:
    return re.sub(r"\s|```", "", text)


async def answered(slack: Recorder, seals: Gate, ledger: Ledger, text: str) -> None:
    """Answer as the pipeline does: again after whatever broke off."""
    asked = await accepted(ledger, request(reply_to=THREAD))
    for _ in range(20):
        delivery = delivery_over(slack, seals, ledger)
        with suppress(Died):
            place = await delivery.place(asked)
            await delivery.show(place, await cleared(seals, asked, text), "tiny")
            return
    raise AssertionError("it never came to an end")


@given(LONGER)
def test_every_form_says_all_of_a_page_in_its_order(text: str) -> None:
    for page in pages(Text(text), "small"):
        whole = bare(reads(page).replace("small", ""))
        apart = leaves(page)
        assert bare("".join(reads(leaf) for leaf in apart).replace("small", "")) == whole
        assert bare("".join(plain(leaf).text for leaf in apart).replace("small", "")) == whole
        told = [snippet(leaf, "a.txt", "en") for leaf in apart]
        files = "".join(one.file.data.decode() for one in told if one.file)
        assert bare(files) == bare(html.unescape(reads(page).replace("small", "")))


@MINUTE
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=LONGER.filter(str.strip),
    forms=st.tuples(
        st.sampled_from([50, 2, 1, 0]),
        st.sampled_from([40_000, 9000, 2950, 400]),
        st.sampled_from([50, 2, 0]),
    ),
    breaks=st.lists(st.booleans(), max_size=12),
)
async def test_nothing_is_lost_or_repeated_whatever_slack_takes(
    ledger: Ledger, seals: Gate, text: str, forms: tuple[int, int, int], breaks: list[bool]
) -> None:
    """It may take more at a later attempt, or less."""
    blocks, chars, later = forms
    slack = Narrow(blocks=blocks, chars=chars)

    def troubles() -> Iterator[bool]:
        for one in breaks:
            if one:
                slack.blocks = later
            yield one

    slack.breaks = troubles()
    await answered(slack, seals, ledger, text)
    assert bare(shown(slack)) == bare(html.unescape(mrkdwn(text)))
    keys = [message.metadata["event_payload"]["part"] for message in slack.messages]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("blocks", "most"), [(50, 3), (2, 30), (1, 30), (0, 30)])
async def test_a_long_answer_is_shown_in_the_simplest_form_that_is_needed(
    seals: Gate, ledger: Ledger, blocks: int, most: int
) -> None:
    slack = Narrow(blocks=blocks)
    await answered(slack, seals, ledger, LONG)
    assert bare(shown(slack)) == bare(mrkdwn(LONG))
    assert len(slack.messages) <= most + 1
    assert slack.uploads == []
    assert slack.calls["find"] == 0, "what was refused is not looked for"


async def test_a_page_that_was_taken_apart_stays_so_although_slack_would_take_it_by_now(
    seals: Gate, ledger: Ledger
) -> None:
    slack = Narrow(blocks=2)

    def troubles() -> Iterator[bool]:
        yield from (False, False, False)  # the page, and its first two sections
        slack.blocks = 50
        yield True

    slack.breaks = troubles()
    await answered(slack, seals, ledger, LONG)
    assert bare(shown(slack)) == bare(mrkdwn(LONG))


async def test_what_fits_no_message_is_a_file(seals: Gate, ledger: Ledger) -> None:
    slack = Narrow(chars=200)
    await answered(slack, seals, ledger, "R&D <b> 退款\n" * 40)
    (upload,) = slack.uploads
    assert (upload.channel, upload.thread_ts) == ("C1", "9.9")
    assert upload.file.data.decode() == "R&D <b> 退款\n" * 40
    assert Notice.TOO_LONG.text("en") in reads(only(slack).page)
    assert "AI-generated · tiny · req_" in reads(only(slack).page)


async def test_where_no_file_is_taken_a_sentence_is_left(seals: Gate, ledger: Ledger) -> None:
    slack = Narrow(chars=200, takes_files=False)
    await answered(slack, seals, ledger, "word " * 200)
    assert reads(only(slack).page).startswith(Notice.FAILED.text("en"))


async def test_a_file_in_place_of_a_part_is_shared_once(seals: Gate, ledger: Ledger) -> None:
    slack = Narrow(chars=200)
    slack.breaks = iter([False, False, True])  # once the file is there
    await answered(slack, seals, ledger, "word " * 200)
    assert len(slack.uploads) == 1
    assert slack.calls["update"] == 1


async def test_what_slack_takes_in_no_form_at_all_is_undeliverable(
    seals: Gate, ledger: Ledger
) -> None:
    with pytest.raises(Undeliverable):
        await answered(Narrow(chars=3), seals, ledger, "word " * 200)


async def test_short_code_that_slack_does_not_take_is_plain(seals: Gate, ledger: Ledger) -> None:
    slack = Recorder()
    slack.script["update"] = [refused("invalid_blocks_format")]
    asked = await accepted(ledger, request(reply_to=THREAD))
    delivery = delivery_over(slack, seals, ledger)
    place = await delivery.place(asked)
    await delivery.show(place, await cleared(seals, asked, Code("print(1 < 2)", "python")), "tiny")
    assert only(slack).page.blocks == []
    assert "print(1 &lt; 2)" in only(slack).page.text


def test_the_parts_of_pages_never_meet() -> None:
    names = [numbered(part, number) for part in range(40) for number in range(40)]
    assert len(set(names)) == len(names)
    assert {APART_FILE - name for name in names}.isdisjoint({*names, *range(-9, 1)})
