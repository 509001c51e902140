"""Texts in files that hang on messages: read with the bot's token, and only from Slack itself."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from generators.code.trial import language_of

log = logging.getLogger(__name__)

MOST: Final = 5
"""Files of one message that are read."""
MAX_BYTES: Final = 100_000
WAIT_S: Final = 10.0
_KEPT: Final = frozenset({"hosted", "snippet"})
"""Modes of files that Slack itself keeps (docs.slack.dev/reference/objects/file-object)."""
_SLACK: Final = "slack.com"
_FENCE: Final = "~" * 6


@dataclass(frozen=True, slots=True)
class Attached:
    """Fetches files; `client` carries the token, which goes to Slack's own hosts alone."""

    client: AsyncWebClient

    async def texts(self, message: Mapping[str, Any]) -> Sequence[str]:
        """Return the texts in a message's files, each in a fence with its language.

        Other files, large ones, and those that cannot be fetched are left out.
        """
        files: list[Mapping[str, Any]] = message.get("files") or []
        return [text async for text in self._read(files[:MOST])]

    async def _read(self, files: Sequence[Mapping[str, Any]]) -> AsyncIterator[str]:
        for file in files:
            if not self._may_fetch(file):
                continue
            try:
                text = await self._fetched(str(file["url_private"]))
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                log.warning("a file is not read: %(error)s", {"error": type(error).__name__})
                continue
            yield f"{_FENCE}{_language(file)}\n{text.rstrip()}\n{_FENCE}"

    def _may_fetch(self, file: Mapping[str, Any]) -> bool:
        url = urlsplit(str(file.get("url_private") or ""))
        own = urlsplit(self.client.base_url)
        host = url.hostname or ""
        slack = url.scheme == "https" and (host == _SLACK or host.endswith(f".{_SLACK}"))
        local = (url.scheme, url.hostname, url.port) == (own.scheme, own.hostname, own.port)
        kept = file.get("mode") in _KEPT and not file.get("is_external")
        small = 0 < int(file.get("size") or 0) <= MAX_BYTES
        return kept and small and (slack or local) and bool(_is_text(file))

    async def _fetched(self, url: str) -> str:
        """Return a file's text. Raises ValueError for what is no UTF-8, or larger than it said."""
        headers = {"Authorization": f"Bearer {self.client.token}"}
        timeout = aiohttp.ClientTimeout(total=WAIT_S)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(
                url, headers=headers, allow_redirects=False, proxy=self.client.proxy
            ) as answer,
        ):
            answer.raise_for_status()
            if answer.status != 200:  # noqa: PLR2004 - a redirect would lead to a page to sign in
                raise ValueError(answer.status)
            data = await answer.content.read(MAX_BYTES + 1)
            while len(data) <= MAX_BYTES and (more := await answer.content.read(MAX_BYTES)):
                data += more
        if len(data) > MAX_BYTES:
            raise ValueError(len(data))
        return data.decode("utf-8")


def _language(file: Mapping[str, Any]) -> str:
    return language_of(str(file.get("name") or ""))


def _is_text(file: Mapping[str, Any]) -> bool:
    kind = str(file.get("mimetype") or "")
    return kind.startswith("text/") or file.get("mode") == "snippet" or bool(_language(file))
