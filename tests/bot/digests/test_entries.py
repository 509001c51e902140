import re
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.entries import TITLE_CHARS, NoFeed, read, shown
from tests.bot.digests.feeds import ATOM, BOMB, ITEM, OUTSIDE, RSS, rss

ADDRESS = "https://news.example/rss"


def test_rss_is_read() -> None:
    feed = read(rss("One &amp; two", "二 🎉"), ADDRESS)
    assert feed.title == "Daily 新闻"
    one, two = feed.entries
    assert (one.title, two.title) == ("One & two", "二 🎉")
    assert one.link == "https://news.example/0"
    assert one.author == "Ana Desk", "an address is nobody's name"
    assert one.at == datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    assert one.key != two.key


def test_atom_is_read_with_its_alternate_link() -> None:
    (one,) = read(ATOM.encode(), ADDRESS).entries
    assert (one.title, one.author) == ("Release 2.0", "Bo")
    assert one.link == "https://news.example/posts/1"
    assert one.at == datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def test_rdf_is_read() -> None:
    raw = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        "<channel><title>Old</title></channel><item><title>A</title><link>https://a.example/1</link>"
        "</item></rdf:RDF>"
    )
    feed = read(raw.encode(), ADDRESS)
    assert (feed.title, [one.title for one in feed.entries]) == ("Old", ["A"])


@pytest.mark.parametrize(
    "raw",
    [
        BOMB,
        OUTSIDE,
        '<!DOCTYPE rss SYSTEM "http://evil.example/x.dtd"><rss/>',
        "",
        "<rss>",
        "{}",
        "<html><body/></html>",
        "\0\0",
        "<?xml version='1.0' encoding='nonsense'?><rss/>",
    ],
)
def test_what_is_no_feed_or_declares_entities_is_refused(raw: str) -> None:
    with pytest.raises(NoFeed):
        read(raw.encode(), ADDRESS)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://user:pass@evil.example/",
        "https://a.example/" + "a" * 1200,
        "http://[",
    ],
)
def test_a_link_that_cannot_be_shown_is_left_out(link: str) -> None:
    item = ITEM.format(title="A", link=link.replace("&", "&amp;"), key="k", at="09:00")
    (one,) = read(RSS.format(items=item).encode(), ADDRESS).entries
    assert one.link == ""


def test_an_entry_that_comes_twice_is_one_and_one_without_anything_is_none() -> None:
    feed = read(rss("A", "A"), ADDRESS)
    assert len(feed.entries) == 1
    assert read(RSS.format(items="<item/>" * 3).encode(), ADDRESS).entries == []


def test_many_entries_and_deep_markup_end() -> None:
    assert len(read(rss(*(str(n) for n in range(2000))), ADDRESS).entries) == 300
    deep = "<a>" * 20_000 + "</a>" * 20_000
    raw = RSS.format(items=f"<item><title>{deep}x</title><guid>1</guid></item>").encode()
    assert [one.title for one in read(raw, ADDRESS).entries] == ["x"]


@given(st.text())
def test_whatever_a_title_holds_it_is_one_plain_line(text: str) -> None:
    said = shown(text, TITLE_CHARS)
    assert len(said) <= TITLE_CHARS
    assert not re.search(r"[\n\r\t<>\[\]`|]", said)
    assert "://" not in said


@given(st.binary(max_size=400))
def test_bytes_are_a_feed_or_refused(raw: bytes) -> None:
    with suppress(NoFeed):
        read(raw, ADDRESS)
