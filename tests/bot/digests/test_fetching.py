import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.digests.fetching import Fetcher, Public, Unfetched, is_public
from bot.feeds import Feeds
from tests.bot.digests.feeds import Answers, rss, serving


@pytest.fixture
async def server() -> AsyncIterator[Answers]:
    async with serving() as made:
        yield made


def fetcher(server: Answers, **given: float) -> Fetcher:
    feeds = Feeds.model_validate({"hosts": (f"127.0.0.1:{server.port}",), **given})
    return Fetcher(feeds=feeds)


async def fetched(server: Answers, path: str, **given: float) -> bytes:
    return await fetcher(server, **given).fetch(f"http://127.0.0.1:{server.port}{path}")


async def test_a_feed_is_read_without_cookie_or_credential(server: Answers) -> None:
    server.say("/rss", rss("One", "二"), head={"Set-Cookie": "a=b"})
    assert b"One" in await fetched(server, "/rss")
    await fetched(server, "/rss")
    assert "cookie" not in server.heads[1].lower()
    assert "authorization" not in server.heads[1].lower()


async def test_redirects_are_followed_within_what_is_allowed(server: Answers) -> None:
    server.say("/old", status=301, head={"Location": "/new"})
    server.say("/new", status=302, head={"Location": f"http://127.0.0.1:{server.port}/rss"})
    server.say("/rss", rss("One"))
    assert b"One" in await fetched(server, "/old")
    assert server.asked == ["/old", "/new", "/rss"]


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data/",
        "https://evil.example/",
        "file:///etc/passwd",
        "//10.0.0.1/",
    ],
)
async def test_a_redirect_to_anywhere_else_is_refused(server: Answers, to: str) -> None:
    server.say("/old", status=302, head={"Location": to})
    with pytest.raises(Unfetched, match="not allowed"):
        await fetched(server, "/old")
    assert server.asked == ["/old"]


async def test_a_circle_of_redirects_ends(server: Answers) -> None:
    server.say("/a", status=302, head={"Location": "/a"})
    with pytest.raises(Unfetched, match="too often"):
        await fetched(server, "/a")
    assert len(server.asked) == 4


async def test_a_hundred_megabytes_are_refused_at_the_cap(server: Answers) -> None:
    server.say("/endless")
    with pytest.raises(Unfetched, match="longer than 100000 bytes"):
        await fetched(server, "/endless", size_bytes=100_000)
    assert server.sent_bytes < 20_000_000


async def test_what_comes_packed_is_not_unpacked(server: Answers) -> None:
    bomb = gzip.compress(b" " * 3_000_000)
    server.say("/bomb", bomb, head={"Content-Encoding": "gzip"})
    with pytest.raises(Unfetched, match="packed"):
        await fetched(server, "/bomb")


async def test_a_feed_that_is_gone_or_hangs_is_not_waited_for(server: Answers) -> None:
    with pytest.raises(Unfetched, match="404"):
        await fetched(server, "/none")
    with pytest.raises(Unfetched, match="too long"):
        await fetched(server, "/hangs", timeout_s=0.2)


async def test_what_nobody_has_allowed_is_never_connected_to(server: Answers) -> None:
    with pytest.raises(Unfetched, match="not allowed"):
        await Fetcher(feeds=Feeds()).fetch(f"http://127.0.0.1:{server.port}/rss")
    assert server.asked == []


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::ffff:127.0.0.1"], []]
)
async def test_a_name_that_stands_for_an_address_inside_is_refused(found: Sequence[str]) -> None:
    asked = []

    async def lookup(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return found

    feeds = Feeds(hosts=("news.example.com",))
    with pytest.raises(Unfetched, match="no answer"):
        await Fetcher(feeds=feeds, lookup=lookup).fetch("https://news.example.com/rss")
    assert asked == [("news.example.com", 443)], "looked up once, so that it cannot change"


async def test_what_was_looked_at_is_what_is_connected_to() -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(0)
        return ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]

    found = await Public(lookup).resolve("news.example.com", 443)
    assert [one["host"] for one in found] == await lookup("", 0)


def test_addresses_inside_are_told_from_public_ones() -> None:
    inside = "0.0.0.0 10.9.8.7 100.64.0.1 127.9.9.9 169.254.1.1 172.16.0.1 192.168.1.1 198.18.0.1 "
    inside += (
        "255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 fc00::1 ff02::1 64:ff9b::a00:1 2002:7f00:1:: "
    )
    inside += "::ffff:192.168.0.1 nonsense"
    assert [one for one in inside.split() if is_public(one)] == []
