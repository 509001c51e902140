"""A client whose every answer is judged by the reference."""

from collections import Counter
from typing import Any

import aiohttp

from tests.workspace.oracle import Oracle
from workspace.people import BOT_TOKEN


class Asking:
    """Calls methods and judges each answer; `good` counts the methods that went well."""

    def __init__(self, session: aiohttp.ClientSession, url: str, oracle: Oracle) -> None:
        self._session = session
        self._url = url
        self._oracle = oracle
        self.good: Counter[str] = Counter()

    async def __call__(self, method: str, token: str = BOT_TOKEN, **given: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self._url}/api/{method}"
        async with self._session.post(url, json=given, headers=headers) as response:
            answer = await response.json()
        assert self._oracle.problems(method, answer) == []
        self.good[method] += bool(answer["ok"])
        return answer

    async def ok(self, method: str, token: str = BOT_TOKEN, **given: Any) -> Any:
        answer = await self(method, token, **given)
        assert answer["ok"], (method, given, answer)
        return answer

    async def pages(self, method: str, key: str, **given: Any) -> list[Any]:
        """Read page by page, one item each; at least two pages."""
        found: list[Any] = []
        cursor = ""
        while True:
            page = await self.ok(method, limit=1, cursor=cursor, **given)
            found += page[key]
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                assert len(found) > 1
                return found
