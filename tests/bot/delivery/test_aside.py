"""An answer that moves to direct messages, because others read the channel by now."""

import pytest

from bot.delivery.delivery import Delivery
from bot.delivery.posting import Undeliverable
from bot.ledger.ledger import Ledger
from bot.views.notices import Notice
from generators.draft import Destination
from moderation.gate import Gate, SealBroken
from tests.bot.builders import ANA, request, rows
from tests.bot.delivery.showing import LONG, THREAD, accepted, cleared
from tests.bot.recorder import UNKNOWN, Lost, Recorder, refused
from tests.bot.shown import reads


async def test_the_channel_says_where_the_answer_is(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request(reply_to=THREAD))
    aside = await delivery.move(await delivery.place(asked))
    (there,) = slack.at("C1", thread_ts="9.9")
    (here,) = slack.at(f"D{ANA}")
    assert reads(there.page).startswith(Notice.MOVED.text("en"))
    assert (aside.channel, aside.ts) == (here.channel, here.ts)
    assert aside.request.reply_to == Destination(channel=ANA)
    assert asked.name in reads(here.page)


async def test_it_moves_in_the_language_of_the_prompt(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    await delivery.move(await delivery.place(await accepted(ledger, request("退款需要多久？"))))
    assert Notice.MOVED.text("zh") in reads(slack.at("C1")[0].page)
    assert Notice.WORKING.text("zh") in reads(slack.at(f"D{ANA}")[0].page)


async def test_the_answer_is_shown_there_and_only_there(
    delivery: Delivery, slack: Recorder, ledger: Ledger, seals: Gate
) -> None:
    asked = await accepted(ledger, request())
    aside = await delivery.move(await delivery.place(asked))
    await delivery.show(aside, await cleared(seals, aside.request, LONG), "tiny")
    assert not any("Paragraph" in reads(page) for page in slack.at("C1")[0].pages)
    assert all(message.channel == f"D{ANA}" for message in slack.messages[1:])
    assert len(slack.messages) > 2


async def test_a_seal_for_the_channel_is_none_for_direct_messages(
    delivery: Delivery, ledger: Ledger, seals: Gate
) -> None:
    asked = await accepted(ledger, request())
    aside = await delivery.move(await delivery.place(asked))
    with pytest.raises(SealBroken):
        await delivery.show(aside, await cleared(seals, asked), "tiny")


@pytest.mark.parametrize("trouble", [None, Lost(), UNKNOWN])
async def test_it_moves_once_whatever_slack_answers(
    delivery: Delivery, slack: Recorder, ledger: Ledger, db: str, trouble: Lost | None
) -> None:
    place = await delivery.place(await accepted(ledger, request()))
    slack.script["post"] = [trouble]
    first, again = await delivery.move(place), await delivery.move(place)
    assert first == again
    assert len(slack.at(f"D{ANA}")) == 1
    assert rows(db, "SELECT part, channel FROM send ORDER BY part") == [(-2, f"D{ANA}"), (0, "C1")]


async def test_somebody_without_direct_messages_gets_none(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    place = await delivery.place(await accepted(ledger, request()))
    slack.script["post"] = [refused("channel_not_found")]
    with pytest.raises(Undeliverable):
        await delivery.move(place)
    assert Notice.MOVED.text("en") not in reads(slack.at("C1")[0].page)
