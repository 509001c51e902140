"""Fetches a feed: from hosts that are allowed, of public addresses, and no more than so many bytes.

A name is looked up once for each connection, and what is connected to is what was looked at: a
name that changes between look and connection (DNS rebinding) gains nothing. Redirects are followed
by hand, each by the same rules. No cookie, no proxy, no credential goes along.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from bot.feeds import Feeds

REDIRECTS: Final = 3
"""How many are followed."""
_CHUNK_BYTES: Final = 65_536
_OK: Final = 200
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = {
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8",
    "Accept-Encoding": "identity",  # what is not packed cannot unpack to more than was counted
    "User-Agent": "Atelier (feed digest)",
}
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 by NAT64 (RFC 6052): what is behind it is not looked at, so it is refused."""

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to the addresses of the host."""


class Unfetched(Exception):  # noqa: N818 - reads as the state it names
    """A feed was not read; the message says why, and holds nothing of the feed."""


async def looked_up(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, as this machine knows them. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Reads feeds of the hosts that the settings name."""

    feeds: Feeds
    lookup: Lookup = field(default=looked_up)

    async def fetch(self, address: str) -> bytes:
        """Return what is there. Raises Unfetched."""
        try:
            async with asyncio.timeout(self.feeds.timeout_s):
                return await self._fetched(address)
        except TimeoutError as error:
            raise Unfetched("it took too long") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unfetched(f"no answer, {type(error).__name__}") from error

    async def _fetched(self, address: str) -> bytes:
        resolver = Public(self.lookup)
        connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(
            connector=connector, cookie_jar=jar, auto_decompress=False, headers=_HEADERS
        ) as session:
            for _ in range(REDIRECTS + 1):
                url = self.feeds.allowed(address)
                if url is None:
                    raise Unfetched("its address, or one that it leads to, is not allowed")
                async with session.get(url, allow_redirects=False) as answer:
                    if answer.status not in _MOVED:
                        return await self._body(answer)
                    address = str(url.join(URL(answer.headers.get("Location", ""))))
        raise Unfetched("it leads elsewhere too often")

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        if answer.status != _OK:
            raise Unfetched(f"status {answer.status}")
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Unfetched("it is packed, which was not asked for")
        body = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > self.feeds.size_bytes:
                raise Unfetched(f"longer than {self.feeds.size_bytes} bytes")
        return bytes(body)


class Public(AbstractResolver):
    """Looks up names, and knows no address that is not on the public internet."""

    def __init__(self, lookup: Lookup) -> None:
        """Take what asks the name servers."""
        self._lookup = lookup

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses that are connected to. Raises OSError where one is not public."""
        found = await self._lookup(host, port)
        if not found or not all(map(is_public, found)):
            raise OSError("the name stands for an address that is not public")
        return [_result(host, port, one) for one in found]

    @override
    async def close(self) -> None:
        """Hold nothing."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public internet, also where it wraps another one.

    >>> [is_public(one) for one in ("93.184.215.14", "2606:2800:21f::1", "127.0.0.1", "10.1.2.3",
    ...  "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "2002:0a00:0001::", "224.0.0.1")]
    [True, True, False, False, False, False, False, False, False, False]
    """
    try:
        one = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(one, ipaddress.IPv6Address):
        if one in _TRANSLATED or one.teredo:
            return False
        inner = one.ipv4_mapped or one.sixtofour
        if inner is not None:
            return is_public(str(inner))
    return one.is_global and not one.is_multicast
