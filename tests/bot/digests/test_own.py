import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.calendar import Schedule
from bot.digests.own import EVERY, Chosen, chosen, said
from bot.digests.phrases import Refused, read
from bot.feeds import Feeds
from generators.draft import PromptRejected
from tests.bot.builders import request
from tests.bot.digests.timing import scheduled

FEEDS = Feeds(hosts=("news.example.com",))
URL = "https://news.example.com/rss"


@pytest.mark.parametrize(
    ("asked", "phrase"),
    [
        (f"feed {URL} every weekday at 9:00", "every weekday at 9:00"),
        (f"RSS <{URL}|news> 每天9点", "每天9点"),
        (f"订阅 {URL} 每个工作日9点", "每个工作日9点"),
        (f"订阅{URL}，每个工作日9点", "每个工作日9点"),
    ],
)
def test_a_feed_is_asked_for_with_its_times(asked: str, phrase: str) -> None:
    assert chosen(asked, request(asked), FEEDS) == Chosen("feed", phrase, {"url": URL})


@pytest.mark.parametrize(
    "asked",
    ["watch", "Watch the mood", "watch this channel", "监测", "监测本频道情绪", "关注频道氛围"],
)
def test_a_watch_is_asked_for_without_times(asked: str) -> None:
    speak = "en" if asked.isascii() else "zh"
    assert chosen(asked, request(asked), FEEDS) == Chosen("watch", EVERY[speak])


def test_the_watch_s_own_times_are_understood_and_the_same() -> None:
    made = [read(words, "UTC") for words in EVERY.values()]
    assert made[0] == made[1]
    assert isinstance(made[0], Schedule)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("feed https://evil.example/rss every day at 9:00", "not allowed here"),
        ("feed http://news.example.com/rss every day at 9:00", "not allowed here"),
        ("订阅 https://evil.example/rss 每天9点", "不在允许之列"),
        (f"feed {URL}", "Say when"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_to_do(asked: str, told: str) -> None:
    with pytest.raises(PromptRejected, match=told):
        chosen(asked, request(asked), FEEDS)


@given(st.sampled_from(["every day at 9:00", "每天9点", "0 9 * * *", "every Monday at noon"]))
def test_an_ordinary_digest_stays_one(asked: str) -> None:
    assert chosen(asked, request(asked), FEEDS) is None
    assert said(scheduled(asked)).phrase == asked


@pytest.mark.parametrize("words", ["every day at 9:00 with chart", "每天9点，带图表"])
def test_a_chart_may_go_with_it(words: str) -> None:
    asked = f"feed {URL} {words}"
    found = chosen(asked, request(asked), FEEDS)
    assert found is not None
    assert found.options == {"url": URL, "chart": "yes"}
    assert not isinstance(read(found.phrase, "UTC"), Refused)


def test_it_is_listed_as_it_was_asked_for() -> None:
    one = scheduled("every day at 9:00", kind="feed", options={"url": URL})
    assert said(one).phrase == f"feed {URL} every day at 9:00"
    options = {"url": URL, "chart": "yes"}
    chinese = said(scheduled("每天9点", kind="feed", options=options)).phrase
    assert chinese == f"订阅 {URL} 每天9点 带图表"
    assert chosen(chinese, request(chinese), FEEDS) == Chosen("feed", "每天9点", options)
