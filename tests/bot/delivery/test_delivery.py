import pytest

from bot.delivery.delivery import Delivery
from bot.delivery.posting import Place, Undeliverable
from bot.delivery.slack import OutcomeUnknown, SlackRefused
from bot.ledger.ledger import Ledger
from bot.views.notices import Notice
from generators.draft import Destination, Text
from moderation.gate import Cleared, Gate, SealBroken
from tests.bot.builders import ANA, CHEN, HERE, draft, execute, gate, request, rows
from tests.bot.delivery.showing import DIRECT, LONG, THREAD, accepted, cleared, only
from tests.bot.recorder import UNKNOWN, Lost, Recorder, refused
from tests.bot.shown import reads


async def test_the_placeholder_is_posted_once(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    first, again = await delivery.place(asked), await delivery.place(asked)
    assert first == again
    assert slack.calls["find"] == 0
    assert reads(only(slack).page).startswith(Notice.WORKING.text("en"))
    assert asked.name in reads(only(slack).page)


async def test_the_placeholder_is_written_down_before_it_is_posted(
    delivery: Delivery, slack: Recorder, ledger: Ledger, db: str
) -> None:
    asked = await accepted(ledger, request())
    slack.script["post"] = [RuntimeError("the process dies")]
    with pytest.raises(RuntimeError):
        await delivery.place(asked)
    assert rows(db, "SELECT part, channel, ts FROM send") == [(0, "C1", None)]


async def test_what_slack_refused_is_not_looked_for_when_it_is_tried_again(
    delivery: Delivery, slack: Recorder, ledger: Ledger, db: str
) -> None:
    asked = await accepted(ledger, request())
    slack.script["post"] = [refused("invalid_auth")]
    with pytest.raises(Undeliverable):
        await delivery.place(asked)
    assert rows(db, "SELECT part FROM send") == []
    await delivery.place(asked)
    assert (slack.calls["post"], slack.calls["find"]) == (2, 0)


async def test_the_placeholder_speaks_the_language_of_the_prompt(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    place = await delivery.place(await accepted(ledger, request("退款需要多久？")))
    assert place.language == "zh"
    assert Notice.WORKING.text("zh") in reads(only(slack).page)


async def test_a_post_whose_answer_was_lost_is_found_again(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request(reply_to=THREAD))
    slack.script["post"] = [Lost()]
    place = await delivery.place(asked)
    assert (place.channel, place.ts) == ("C1", only(slack).ts)
    assert slack.calls["post"] == 1


async def test_a_post_that_did_not_happen_is_made_again(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    slack.script["post"] = [UNKNOWN, UNKNOWN]
    place = await delivery.place(asked)
    assert place.ts == only(slack).ts
    assert slack.calls["post"] == 3


async def test_a_post_before_a_crash_is_found_by_the_next_process(
    delivery: Delivery, slack: Recorder, ledger: Ledger, db: str
) -> None:
    asked = await accepted(ledger, request())
    first = await delivery.place(asked)
    execute(db, "UPDATE send SET ts = NULL, sent_ms = 0")
    assert await delivery.place(asked) == first
    assert len(slack.messages) == 1


async def test_of_two_requests_each_finds_its_own(
    delivery: Delivery, ledger: Ledger, db: str
) -> None:
    asked = [await accepted(ledger, request()) for _ in range(2)]
    places = [await delivery.place(one) for one in asked]
    execute(db, "UPDATE send SET ts = NULL, sent_ms = 0")
    assert [await delivery.place(one) for one in asked] == places


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived"])
async def test_where_the_bot_is_not_the_person_is_told_directly(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger, code: str
) -> None:
    asked = await accepted(ledger, request(reply_to=THREAD))
    slack.script["post"] = [refused(code)]
    place = await delivery.place(asked)
    await delivery.show(place, await cleared(seals, asked), "tiny")
    assert (only(slack).channel, only(slack).thread_ts) == (f"D{ANA}", None)
    assert "Five days." in reads(only(slack).page)


async def test_a_lost_direct_message_is_found_too(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    slack.absent = {"C1"}
    slack.script["post"] = [None, Lost()]
    place = await delivery.place(asked)
    assert (place.channel, place.ts) == (f"D{ANA}", only(slack).ts)


async def test_what_nobody_takes_is_undeliverable(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    slack.script["post"] = [refused("not_in_channel"), refused("cannot_dm_bot")]
    with pytest.raises(Undeliverable):
        await delivery.place(asked)
    assert slack.messages == []


async def test_an_answer_for_one_person_goes_to_their_direct_messages(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request(reply_to=Destination(channel=ANA)))
    place = await delivery.place(asked)
    await delivery.show(place, await cleared(seals, asked), "tiny")
    assert only(slack).channel == f"D{ANA}"
    assert "Five days." in reads(only(slack).page)


async def test_an_answer_replaces_the_placeholder(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request(reply_to=THREAD))
    place = await delivery.place(asked)
    await delivery.progress(place, Notice.QUEUED, n=2)
    await delivery.show(place, await cleared(seals, asked, "Five **days** <!channel>."), "tiny")
    message = only(slack)
    assert [reads(page).splitlines()[0] for page in message.pages] == [
        Notice.WORKING.text("en"),
        Notice.QUEUED.text("en", n=2),
        "Five *days* &lt;!channel&gt;.",
    ]
    assert reads(message.page).endswith(f"AI-generated · tiny · {asked.name}")


@pytest.mark.parametrize(
    "made_by",
    [("tiny", "AI-generated · tiny"), ("built-in", "built-in, no language model"), ("atelier", "")],
)
async def test_the_footer_names_what_made_it(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger, made_by: tuple[str, str]
) -> None:
    model, said = made_by
    asked = await accepted(ledger, request(reply_to=THREAD))
    place = await delivery.place(asked)
    await delivery.show(place, await cleared(seals, asked), model)
    footer = reads(only(slack).page).splitlines()[-1]
    assert footer == (f"{said} · {asked.name}" if said else asked.name)


@pytest.mark.parametrize(
    "made_by", [("tiny", "AI 生成 · tiny"), ("built-in", "内置功能，未使用语言模型")]
)
async def test_the_footer_of_a_chinese_answer_is_chinese(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger, made_by: tuple[str, str]
) -> None:
    model, said = made_by
    asked = await accepted(ledger, request(reply_to=THREAD, prompt="退款需要多久？🎉"))
    place = await delivery.place(asked)
    await delivery.show(place, await cleared(seals, asked), model)
    footer = reads(only(slack).page).splitlines()[-1]
    assert footer == f"{said} · {asked.name}"


async def test_in_a_channel_the_footer_says_who_asked(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    for to, named in ((HERE, True), (THREAD, False), (DIRECT, False)):
        asked = await accepted(ledger, request(reply_to=to))
        place = await delivery.place(asked)
        await delivery.show(place, await cleared(seals, asked), "tiny")
        assert reads(slack.messages[-1].page).endswith(f" · <@{ANA}>") is named


async def test_a_notice_is_shown_in_its_place(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    place = await delivery.place(await accepted(ledger, request()))
    await delivery.show(place, Notice.BUSY, "", n=5)
    assert Notice.BUSY.text("en", n=5) in reads(only(slack).page)


async def test_nothing_is_shown_twice_or_elsewhere(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    elsewhere = await accepted(ledger, request(reply_to=THREAD))
    place, other = await delivery.place(asked), await delivery.place(elsewhere)
    item = await cleared(seals, asked)
    with pytest.raises(SealBroken):
        await delivery.show(other, item, "tiny")
    with pytest.raises(SealBroken):  # the failed try broke it
        await delivery.show(place, item, "tiny")
    item = await cleared(seals, asked)
    await delivery.show(place, item, "tiny")
    with pytest.raises(SealBroken):
        await delivery.show(place, item, "tiny")
    assert len(slack.messages[0].pages) == 2
    assert len(slack.messages[1].pages) == 1


async def test_what_another_gate_cleared_is_not_shown(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    place = await delivery.place(asked)
    with pytest.raises(SealBroken):
        await delivery.show(place, await cleared(gate(), asked), "tiny")
    assert len(only(slack).pages) == 1


async def test_a_long_answer_follows_in_the_thread_once(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    place = await delivery.place(asked)
    await delivery.show(place, await cleared(seals, asked, LONG), "tiny")
    parts = len(slack.messages)
    assert parts > 2
    again = await delivery.place(asked)
    await delivery.show(again, await cleared(seals, asked, LONG), "tiny")
    assert len(slack.messages) == parts
    first, *rest = slack.messages
    assert {message.thread_ts for message in rest} == {first.ts}
    shown = "".join(reads(message.page) for message in slack.messages)
    assert all(f"Paragraph {n}." in shown for n in range(60))


async def test_a_long_answer_goes_on_where_a_crash_stopped_it(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request(reply_to=THREAD))
    place = await delivery.place(asked)
    slack.script["post"] = [None, SlackRefused("internal_error")]
    with pytest.raises(Undeliverable):
        await delivery.show(place, await cleared(seals, asked, LONG), "tiny")
    so_far = [message.ts for message in slack.messages]
    await delivery.show(place, await cleared(seals, asked, LONG), "tiny")
    assert [message.ts for message in slack.messages][: len(so_far)] == so_far
    keys = [message.metadata["event_payload"]["part"] for message in slack.messages]
    assert keys == list(range(len(keys)))
    assert {message.thread_ts for message in slack.messages} == {"9.9"}


async def test_a_crowded_slack_hears_answers_only(
    delivery: Delivery, slack: Recorder, ledger: Ledger, seals: Gate
) -> None:
    asked = await accepted(ledger, request())
    place = await delivery.place(asked)
    slack.crowded = True
    await delivery.progress(place, Notice.QUEUED, n=3)
    half = await seals.review(draft(asked, "half"), whole=False)
    assert isinstance(half, Cleared)
    await delivery.show(place, half, "tiny")
    assert len(only(slack).pages) == 1
    await delivery.show(place, await cleared(seals, asked, "all of it"), "tiny")
    assert "all of it" in reads(only(slack).page)


async def test_of_an_unfinished_answer_only_the_first_part_is_shown(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    place = await delivery.place(asked)
    verdict = await seals.review(draft(asked, LONG), whole=False)
    assert isinstance(verdict, Cleared)
    await delivery.show(place, verdict, "tiny")
    assert "Paragraph 0." in reads(only(slack).page)


async def test_what_slack_does_not_show_is_shown_plainly(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request())
    place = await delivery.place(asked)
    slack.script["update"] = [refused("invalid_blocks")]
    await delivery.show(place, await cleared(seals, asked), "tiny")
    assert "Five days." in reads(only(slack).page)
    assert asked.name in reads(only(slack).page)


async def test_a_message_that_is_gone_makes_the_answer_undeliverable(
    delivery: Delivery, slack: Recorder, ledger: Ledger
) -> None:
    place = await delivery.place(await accepted(ledger, request()))
    slack.script["update"] = [refused("message_not_found")]
    with pytest.raises(Undeliverable):
        await delivery.show(place, Notice.FAILED, "")


EPHEMERAL = Destination(channel="C1", only_for=ANA)


async def test_what_one_person_asked_for_alone_only_they_see(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request(reply_to=EPHEMERAL))
    place = await delivery.place(asked)
    assert place.ts == ""
    await delivery.progress(place, Notice.WRITING)
    await delivery.show(place, await cleared(seals, asked, "Your usage"), "atelier")
    ((channel, user, page),) = slack.ephemeral
    assert (channel, user) == ("C1", ANA)
    assert "Your usage" in reads(page)
    assert slack.messages == []


async def test_where_the_bot_is_not_all_of_it_goes_to_their_direct_messages(
    delivery: Delivery, slack: Recorder, seals: Gate, ledger: Ledger
) -> None:
    asked = await accepted(ledger, request(reply_to=EPHEMERAL))
    slack.absent = {"C1"}
    place = await delivery.place(asked)
    await delivery.show(place, await cleared(seals, asked, LONG), "atelier")
    assert {message.channel for message in slack.messages} == {f"D{ANA}"}
    shown = "".join(reads(message.page) for message in slack.messages)
    assert all(f"Paragraph {n}." in shown for n in range(60))


async def test_a_whisper_that_fails_is_not_missed(delivery: Delivery, slack: Recorder) -> None:
    slack.script["post_ephemeral"] = [refused("not_in_channel"), UNKNOWN]
    for _ in range(3):
        await delivery.whisper(HERE, Notice.PRIVATE, CHEN, "zh")
    ((channel, user, page),) = slack.ephemeral
    assert (channel, user, page.text) == ("C1", CHEN, Notice.PRIVATE.text("zh"))


async def test_a_home_is_published(delivery: Delivery, slack: Recorder) -> None:
    await delivery.publish_home(ANA, {"type": "home"})
    assert slack.homes == [(ANA, {"type": "home"})]


@pytest.mark.parametrize("code", ["ratelimited", "internal_error", "service_unavailable"])
async def test_a_passing_trouble_is_not_the_end(
    delivery: Delivery, slack: Recorder, ledger: Ledger, code: str
) -> None:
    """The next attempt shows it: it is not undeliverable because Slack is busy for a while."""
    place: Place = await delivery.place(await accepted(ledger, request()))
    slack.script["update"] = [OutcomeUnknown(code)]
    with pytest.raises(OutcomeUnknown):
        await delivery.show(place, Notice.FAILED, "")


def test_a_text_is_all_there_is_of_text() -> None:
    assert isinstance(draft(request(), Text("x")).content, Text)


async def test_a_warning_is_seen_by_the_person_alone(delivery: Delivery, slack: Recorder) -> None:
    asked = request(reply_to=THREAD)
    place = Place(asked, "C1", "1.5", "en")
    await delivery.warn(place, Notice.QUEUED, n=3)
    ((channel, user, page),) = slack.ephemeral
    assert (channel, user, reads(page)) == ("C1", ANA, Notice.QUEUED.text("en", n=3))
    assert slack.messages == []


async def test_a_warning_goes_to_direct_messages_where_the_bot_is_not(
    delivery: Delivery, slack: Recorder
) -> None:
    slack.absent.add("C1")
    await delivery.warn(Place(request(), "C1", "1.5", "zh"), Notice.QUEUED, n=3)
    assert reads(only(slack).page) == Notice.QUEUED.text("zh", n=3)
    assert only(slack).channel.startswith("D")


@pytest.mark.parametrize("trouble", [UNKNOWN, refused("account_inactive")])
async def test_a_warning_that_is_lost_is_no_error(
    delivery: Delivery, slack: Recorder, trouble: SlackRefused | OutcomeUnknown
) -> None:
    slack.script["post_ephemeral"] = [trouble]
    slack.script["post"] = [trouble]
    await delivery.warn(Place(request(), "C1", "1.5", "en"), Notice.QUEUED, n=3)
    assert slack.messages == []
