"""A language model over real HTTP that answers by a script, by what it is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.requests import Request
from typing_extensions import override

from tests.fake_engine import FakeEngine

Role = Literal["write", "tests", "repair", "port", "explain", "review"]
_ROLES: dict[str, Role] = {
    "You write programs": "write",
    "You write tests": "tests",
    "You repair": "repair",
    "You rewrite": "port",
    "You explain": "explain",
    "You review": "review",
}


@dataclass(kw_only=True)
class Scripted(FakeEngine):
    """Says for each role the next thing of its script; the last again and again."""

    script: Mapping[str, list[str]] = field(default_factory=dict)
    roles: list[Role] = field(default_factory=list)
    """What it was asked for, in order."""
    before: Callable[[Role], None] = lambda _role: None

    @override
    async def _note(self, request: Request) -> dict[str, Any]:
        body = await super()._note(request)
        if "messages" in body:
            role = next(r for sign, r in _ROLES.items() if sign in body["messages"][0]["content"])
            self.before(role)
            count = self.roles.count(role)
            self.roles.append(role)
            lines = self.script.get(role) or ["I have nothing to say."]
            text = lines[min(count, len(lines) - 1)]
            self.answer = [text[at : at + 40] for at in range(0, len(text), 40)]
        return body

    def told(self, role: Role, number: int = 0) -> str:
        """Return what it was told when it was asked for something, the nth time."""
        chats = [body for path, body in self.asked if path.endswith("chat/completions")]
        found = [body for body, said in zip(chats, self.roles, strict=True) if said == role]
        return str(found[number]["messages"][1]["content"])


def fenced(source: str, said: str = "", tag: str = "python") -> str:
    """Return an answer with a program and words after it."""
    return f"```{tag}\n{source}\n```\n{said}"
