import pytest

from generators.draft import Code, Image, Text
from moderation.checks.slack import SlackSyntax
from moderation.finding import redacted
from moderation.policy import Direction
from tests.moderation.planted import wide

CHECK = SlackSyntax()


def seen(text: str) -> list[tuple[str, str]]:
    found = CHECK.inspect(Text(text), Direction.OUTPUT)
    return [(f.category, text[f.start : f.end]) for f in found]


@pytest.mark.parametrize(
    "ping",
    [
        "<!channel>",
        "<!here>",
        "<!everyone>",
        "<!group>",
        "<!here|here>",
        "<!HERE>",
        "<!subteam^S0123ABC>",
        "<!subteam^S0123ABC|@team>",
        "@channel",
        "@here",
        "@everyone",
        "@Here",
        wide("@channel"),
        "@\u200bhere",
        wide("<!channel>"),
        "<!chan\u2060nel>",
    ],
)
@pytest.mark.parametrize("around", ["{}", "hi {} all", "请{}看", "*{}*", "({})!", "`{}`", "😀{}"])
def test_whatever_pings_everybody_is_a_broadcast(ping: str, around: str) -> None:
    assert seen(around.format(ping)) == [("slack.broadcast", ping)]


@pytest.mark.parametrize(
    "mention",
    [
        "<@U012AB3CD>",
        "<@W012AB3CD|ana>",
        "<#C012AB3CD>",
        "<#C012AB3CD|general>",
        "<!date^1712345678^{date}|then>",
        "<!date^1^{date}^https://x.test|then>",
    ],
)
def test_control_sequences_that_name_somebody_are_mentions(mention: str) -> None:
    assert seen(f"ask {mention}，谢谢") == [("slack.mention", mention)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana@here.test and x@channel.test",
        "@hereafter @channels @everyone_else @channel2",
        "here, channel, everyone",
        "<!DOCTYPE html><!-- here --><b>@ here</b>",
        "std::vector<T>, a <b> c, #general, <#>, <@>",
        "所有人@小明",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert seen(text) == []


def test_a_person_may_mention_whom_they_like() -> None:
    assert not CHECK.inspect(Text("<!channel> <@U1> @here"), Direction.INPUT)


def test_code_and_alt_texts_are_read_too() -> None:
    for content in (Code("post('<!here>')", "python"), Image(b"", alt="<!here>")):
        assert [f.category for f in CHECK.inspect(content, Direction.OUTPUT)] == ["slack.broadcast"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a <!here> b", "a [channel mention] b"),
        ("<!<!here>here>", "<![channel mention]here>"),
        ("<@U1><@U2>", "[mention][mention]"),
        ("<<@U1>!here>", "<[mention]!here>"),
        ("@here@here", "[channel mention]@here"),
    ],
)
def test_what_stands_in_its_place_rings_nothing(text: str, shown: str) -> None:
    once = redacted(text, CHECK.inspect(Text(text), Direction.OUTPUT))
    assert once == shown
