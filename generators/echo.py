"""The smallest generator: the example in CONTRIBUTING.md, and a quick one in tests."""

from collections.abc import AsyncIterator

from generators.draft import Cost, Draft, Request, Text
from generators.tools import Tools


class Echo:
    """Says the prompt back, a word more at a time."""

    def __init__(self, tools: Tools) -> None:
        """Take the tools that every generator is given; this one needs none."""
        del tools

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield ever longer beginnings of the prompt."""
        words = request.prompt.split() or [""]
        for n in range(1, len(words) + 1):
            cost = Cost(model="echo", output_tokens=n)
            yield Draft(request=request, content=Text(" ".join(words[:n])), cost=cost)
