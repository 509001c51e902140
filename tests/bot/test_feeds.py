import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds import Feeds
from bot.settings import SettingsError, load

FEEDS = Feeds(hosts=("news.example.com", "127.0.0.1:8099"))


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example.com/rss",
        "https://NEWS.example.com/rss?a=b",
        "https://news.example.com:443/新闻",
        "http://127.0.0.1:8099/feed",
    ],
)
def test_what_the_operator_has_named_may_be_fetched(address: str) -> None:
    assert FEEDS.allowed(address) is not None


@pytest.mark.parametrize(
    "address",
    [
        "http://news.example.com/rss",
        "https://news.example.com:8443/rss",
        "https://sub.news.example.com/rss",
        "https://news.example.com.evil.example/rss",
        "https://news.example.com@evil.example/rss",
        "https://user:pass@news.example.com/rss",
        "https://evil.example#@news.example.com/",
        "https://evil.example\\@news.example.com/",
        "https://127.0.0.1:8099/",
        "http://127.0.0.1:8100/",
        "http://localhost:8099/",
        "http://2130706433:8099/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "gopher://news.example.com/",
        "https://news.example.com/a b",
        "https://news.example.com/\r\nHost: evil",
        "//news.example.com/rss",
        "https://\uff45vil.example/",
        "https://news。example。org/",
        "https://",
        "",
        "https://news.example.com/" + "a" * 2000,
    ],
)
def test_nothing_else_may(address: str) -> None:
    assert FEEDS.allowed(address) is None


@given(st.text(max_size=80))
def test_whatever_is_allowed_leads_to_a_named_host(text: str) -> None:
    for address in (text, f"https://{text}", f"https://news.example.com{text}"):
        url = FEEDS.allowed(address)
        assert url is None or url.raw_host in {"news.example.com", "127.0.0.1"}


@pytest.mark.parametrize("host", ["*", "10.0.0.1", "localhost", "a_b.example", "x", "127.0.0.1"])
def test_a_host_that_is_none_is_refused_at_the_start(host: str) -> None:
    with pytest.raises(SettingsError, match=r"feeds\.hosts"):
        load(feeds={"hosts": [host]})


def test_no_host_is_allowed_where_none_is_named() -> None:
    assert Feeds().allowed("https://news.example.com/") is None
