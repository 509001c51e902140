"""Files that hang on messages: read with the bot's token, and only from Slack itself."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from generators.code.trial import language_of
from generators.draft import EngineUnavailable

log = logging.getLogger(__name__)

MOST: Final = 5
"""Files of one message that are read."""
MAX_BYTES: Final = 100_000
WAIT_S: Final = 10.0
_KEPT: Final = frozenset({"hosted", "snippet"})
"""Modes of files that Slack itself keeps (docs.slack.dev/reference/objects/file-object)."""
_SLACK: Final = "slack.com"
_FENCE: Final = "~" * 6
TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that somebody sent, as it is."""

    name: str
    data: bytes


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
        small = 0 < int(file.get("size") or 0) <= MAX_BYTES
        return small and self._is_slacks(file) and bool(_is_text(file))

    def _is_slacks(self, file: Mapping[str, Any]) -> bool:
        """Tell whether Slack itself keeps a file, so that the token may go there."""
        url = urlsplit(str(file.get("url_private") or ""))
        own = urlsplit(self.client.base_url)
        host = url.hostname or ""
        slack = url.scheme == "https" and (host == _SLACK or host.endswith(f".{_SLACK}"))
        local = (url.scheme, url.hostname, url.port) == (own.scheme, own.hostname, own.port)
        kept = file.get("mode") in _KEPT and not file.get("is_external")
        return kept and (slack or local)

    async def picture(self, file_id: str, most_bytes: int) -> Sent | None:
        """Return a file by its id, whatever it holds; without data where it is larger.

        None where it cannot be had. Raises EngineUnavailable where Slack does not answer now.
        """
        try:
            answer = await self.client.files_info(file=file_id)
            file: Mapping[str, Any] = answer.get("file") or {}
            name, size = str(file.get("name") or ""), int(file.get("size") or 0)
            if size > most_bytes or not self._is_slacks(file):
                return Sent(name, b"") if size > most_bytes else None
            return Sent(name, await self._data(str(file["url_private"]), most_bytes))
        except SlackApiError as error:
            if error.response.status_code >= TOO_MANY:
                raise EngineUnavailable("slack did not answer") from error
            return None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise EngineUnavailable("slack did not answer") from error
        except ValueError:
            return None

    async def _fetched(self, url: str) -> str:
        """Return a file's text. Raises ValueError for what is no UTF-8, or larger than it said."""
        return (await self._data(url, MAX_BYTES)).decode("utf-8")

    async def _data(self, url: str, most_bytes: int) -> bytes:
        """Return a file's bytes. Raises ValueError for more than it said."""
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
            data = bytearray(await answer.content.read(most_bytes + 1))
            while len(data) <= most_bytes and (more := await answer.content.read(most_bytes)):
                data += more
        if len(data) > most_bytes:
            raise ValueError(len(data))
        return bytes(data)


def _language(file: Mapping[str, Any]) -> str:
    return language_of(str(file.get("name") or ""))


def _is_text(file: Mapping[str, Any]) -> bool:
    kind = str(file.get("mimetype") or "")
    return kind.startswith("text/") or file.get("mode") == "snippet" or bool(_language(file))
