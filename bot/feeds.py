"""Which feeds may be fetched: those of hosts that the operator has named, and no others."""

import re
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator
from yarl import URL

_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]+"
)
_HERE: Final = re.compile(r"127\.0\.0\.1:\d{2,5}")
_TLS: Final = 443
MOST_CHARS: Final = 1000
"""Of an address that is fetched."""


class Feeds(BaseModel):
    """What may be read of the web for `/digest feed`; with no host nothing is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = ()
    """Names like `news.example.com`, each for itself, fetched by https. `127.0.0.1:PORT` stands for
    a feed on this machine, fetched by http."""
    size_bytes: int = Field(default=2_000_000, ge=1_000, le=20_000_000)
    """A longer feed is refused."""
    timeout_s: float = Field(default=15.0, gt=0, le=120)
    """For a fetch with all its redirects."""
    most: int = Field(default=10, ge=1, le=30)
    """Entries that one digest shows; of more it says how many."""

    @field_validator("hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        named = tuple(host.lower() for host in hosts)
        for host in named:
            if not (_NAME.fullmatch(host) or _HERE.fullmatch(host)):
                raise ValueError(f"{host} is no host name, nor 127.0.0.1 with a port")
        return named

    def allowed(self, address: str) -> URL | None:
        """Return an address as it is fetched; None for one that may not be.

        >>> feeds = Feeds(hosts=("news.example.com",))
        >>> feeds.allowed("https://news.example.com/rss")
        URL('https://news.example.com/rss')
        >>> [feeds.allowed(one) for one in ("http://news.example.com/", "https://evil.example.com/",
        ...  "https://news.example.com@10.0.0.1/", "https://news.example.com:8443/", "file:///etc")]
        [None, None, None, None, None]
        """
        if len(address) > MOST_CHARS or not address.isprintable() or re.search(r"[\s\\]", address):
            return None
        try:
            url = URL(address)
            host, port = (url.raw_host or "").lower(), url.port
        except ValueError:
            return None
        plain = url.scheme == "http" and f"{host}:{port}" in self.hosts
        named = url.scheme == "https" and port == _TLS and host in self.hosts
        return None if url.user or url.password or not (plain or named) else url.with_fragment(None)
