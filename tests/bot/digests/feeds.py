"""Feeds for the tests: what a good one looks like, and a server of good and bad ones."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise

ITEM = """<item><title>{title}</title><link>{link}</link><guid>{key}</guid>
<author>desk@news.example (Ana Desk)</author>
<pubDate>Sun, 01 Nov 2026 {at}:00 GMT</pubDate></item>"""
RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Daily 新闻</title>'
    "<link>https://news.example/</link>{items}</channel></rss>"
)
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Atom news</title>
<entry><title type="html">&lt;b&gt;Release&lt;/b&gt; 2.0</title><id>urn:1</id>
<link rel="self" href="/self"/><link href="/posts/1"/><author><name>Bo</name></author>
<updated>2026-11-01T09:00:00Z</updated></entry></feed>"""
_NAMES = ["lol", *(f"lol{n}" for n in range(1, 10))]
_ENTITIES = "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in pairwise(_NAMES))
BOMB = (
    f'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">{_ENTITIES}]>'
    "<rss><channel><title>&lol9;</title></channel></rss>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<rss><channel><title>&x;</title></channel></rss>"
)


def rss(*titles: str, at: str = "09:00") -> bytes:
    """Return a feed with an entry for each title."""
    items = (
        ITEM.format(title=one, link=f"https://news.example/{n}", key=f"k-{one}", at=at)
        for n, one in enumerate(titles)
    )
    return RSS.format(items="".join(items)).encode()


@dataclass
class Answers:
    """What a server says to each path, and what it was asked."""

    paths: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    sent_bytes: int = 0
    busy: set["asyncio.Task[None]"] = field(default_factory=set)
    port: int = 0

    def say(
        self, path: str, body: bytes = b"", status: int = 200, head: Mapping[str, str] | None = None
    ) -> None:
        """Answer a path."""
        self.paths[path] = (status, head or {}, body)

    def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        task = asyncio.get_running_loop().create_task(self._served(reader, writer))
        self.busy.add(task)

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            path = lines[0].split()[1]
            self.asked.append(path)
            self.heads.append("\n".join(lines))
            if path == "/hangs":
                await reader.read()
            else:
                await self._answer(path, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        status, head, body = self.paths.get(path, (404, {}, b""))
        told = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        writer.write(f"HTTP/1.1 {status} x\r\nConnection: close\r\n{told}\r\n".encode())
        for chunk in [b" " * 65_536] * 1600 if path == "/endless" else [body]:
            writer.write(chunk)
            await writer.drain()
            self.sent_bytes += len(chunk)


@asynccontextmanager
async def serving() -> AsyncIterator[Answers]:
    """Run such a server on a port of this machine."""
    answers = Answers()
    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    answers.port = server.sockets[0].getsockname()[1]
    async with server:
        yield answers
        await asyncio.gather(*answers.busy)
