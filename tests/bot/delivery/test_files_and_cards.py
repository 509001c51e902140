from contextlib import suppress

import pytest

from bot.delivery.delivery import Delivery
from bot.delivery.pages import POLLS_S
from bot.delivery.slack import OutcomeUnknown
from bot.ledger.ledger import Ledger
from bot.views.notices import Notice
from generators.draft import Code, Image
from moderation.gate import Gate
from tests.bot.builders import request
from tests.bot.delivery.showing import LONG, THREAD, accepted, cleared, held, only
from tests.bot.recorder import UNKNOWN, Lost, Recorder, refused
from tests.bot.shown import reads

PICTURE = Image(b"\x89PNG", "a red heart")


async def test_a_picture_waits_until_slack_has_it_ready(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    place = await delivery.place(asked)
    slack.script["update"] = [refused("invalid_blocks")] * 3
    await delivery.show(place, await cleared(seals, asked, PICTURE), "painter")
    (upload,) = slack.uploads
    assert (upload.file.data, upload.channel) == (b"\x89PNG", None)
    (block,) = [block for block in only(slack).page.blocks if block["type"] == "image"]
    assert (block["slack_file"], block["alt_text"]) == ({"id": "F1"}, "a red heart")


async def test_a_picture_that_never_gets_ready_is_put_beside_the_message(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request(reply_to=THREAD))
    place = await delivery.place(asked)
    slack.script["update"] = [refused("invalid_blocks")] * len(POLLS_S)
    await delivery.show(place, await cleared(seals, asked, PICTURE), "painter")
    assert [(upload.channel, upload.thread_ts) for upload in slack.uploads] == [
        (None, None),
        ("C1", "9.9"),
    ]
    assert "painter" in reads(only(slack).page)


async def test_long_code_goes_beside_the_message(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    source = "x = 1\n" * 60
    asked = await accepted(ledger, request())
    place = await delivery.place(asked)
    await delivery.show(place, await cleared(seals, asked, Code(source, "python")), "tiny")
    (upload,) = slack.uploads
    assert (upload.file.data.decode(), upload.channel) == (source, "C1")
    assert upload.thread_ts == only(slack).ts


async def test_a_file_whose_answer_was_lost_is_shared_once(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    place = await delivery.place(asked)
    slack.script["upload"] = [Lost()]
    for _ in range(3):
        code = await cleared(seals, asked, Code("x = 1\n" * 60, "python"))
        with suppress(OutcomeUnknown):
            await delivery.show(place, code, "tiny")
    assert len(slack.uploads) == 1


async def test_a_file_that_was_not_shared_is_uploaded_anew(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    place = await delivery.place(asked)
    slack.script["upload"] = [UNKNOWN]
    code = await cleared(seals, asked, Code("x = 1\n" * 60, "python"))
    with pytest.raises(OutcomeUnknown):
        await delivery.show(place, code, "tiny")
    assert slack.uploads == []
    await delivery.show(place, await cleared(seals, asked, code.draft.content), "tiny")
    assert len(slack.uploads) == 1


async def test_reviewers_are_asked_once(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    await delivery.ask_reviewers(await held(seals, asked), "C9", "<@U1>")
    await delivery.ask_reviewers(await held(seals, asked), "C9", "<@U1>")
    assert only(slack).channel == "C9"
    shown = reads(only(slack).page)
    assert "doubtful" in shown
    assert "test.hold" in shown
    assert "<@U1>" in shown


async def test_reviewers_see_a_picture_once_slack_has_it_ready(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    slack.script["post"] = [None]
    slack.script["update"] = [refused("invalid_blocks")] * 2
    picture = Image(b"\x89PNG", "a doubtful heart")
    await delivery.ask_reviewers(await held(seals, asked, picture), "C9", "<@U1>")
    card = only(slack)
    assert all(block["type"] != "image" for block in card.pages[0].blocks)
    assert [block["type"] for block in card.page.blocks].count("image") == 1
    assert [block["type"] for block in card.page.blocks].count("actions") == 1


async def test_reviewers_get_what_does_not_fit_as_a_file(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request(reply_to=THREAD))
    await delivery.ask_reviewers(await held(seals, asked, f"doubtful {LONG}"), "C9", "<@U1>")
    (upload,) = slack.uploads
    assert upload.file.data.decode() == f"doubtful {LONG}"
    assert (upload.channel, upload.thread_ts) == ("C9", only(slack).ts)


async def test_a_decided_card_loses_its_buttons(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    await delivery.ask_reviewers(await held(seals, asked), "C9", "<@U1>")
    await delivery.close_card(asked, Notice.APPROVED_CARD)
    assert Notice.APPROVED_CARD.text("en") in reads(only(slack).page)
    assert "doubtful" not in reads(only(slack).page)
    assert all(block["type"] != "actions" for block in only(slack).page.blocks)


async def test_a_card_that_was_never_posted_is_not_closed(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    await delivery.close_card(await accepted(ledger, request()), Notice.APPROVED_CARD)
    assert slack.calls["update"] == 0
