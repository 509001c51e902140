"""`policy.toml`: rules that an operator may change while the bot runs.

A file that cannot be used changes nothing: the rules that were in force stay, and it is said. What
the file names goes before the same key of `[policy]` in the settings.
"""

import asyncio
import logging
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from moderation.policy import Policy

log = logging.getLogger(__name__)

NAME: Final = "policy.toml"
LOOK_S: Final = 2.0
"""How often it is looked at."""

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of the last change in ns and size of each file that rules come from."""


class PolicyRefused(Exception):  # noqa: N818 - reads as the state it names
    """The file cannot be used; the message says which key and why."""

    def __init__(self, why: str, key: str) -> None:
        """Take the sentence, and the key alone for the log."""
        super().__init__(why)
        self.key = key


def read(path: Path, base: Policy) -> Policy:
    """Return the policy of a file over that of the settings. Raises PolicyRefused."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        known = {name: getattr(base, name) for name in base.model_fields_set}
        return Policy.model_validate({**known, **given}, context=path.parent)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        why = first["msg"].removeprefix("Value error, ")
        key = ".".join(str(part) for part in first["loc"]) or why.split()[0]
        raise PolicyRefused(f"{path.name} cannot be used at {key}: {why}.", key) from error
    except (OSError, ValueError) as error:
        why = f"{path.name} cannot be read ({type(error).__name__})."
        raise PolicyRefused(why, path.name) from error


@dataclass(slots=True, kw_only=True)
class PolicyFile:
    """Looks whether the file has changed, and hands on what it says then."""

    path: Path
    base: Policy
    adopt: Callable[[Policy], None]
    current: bool = field(default=True, init=False)
    """False while the file cannot be used and older rules are in force."""
    _policy: Policy = field(init=False)
    _stamp: Stamp = field(default=(), init=False)

    def __post_init__(self) -> None:
        """Read it where there is one. Raises PolicyRefused."""
        self._stamp = self._stamped(self.base)
        self._policy = read(self.path, self.base) if self._stamp else self.base
        self._stamp = self._stamped(self._policy)
        self.adopt(self._policy)

    def look(self) -> None:
        """Adopt what the file says now if it has changed; keep what was if it cannot be used."""
        stamp = self._stamped(self._policy)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._policy = read(self.path, self.base)
        except PolicyRefused as error:
            self.current = False
            about = {"setting": error.key}
            log.error("the rules in force stay: %(setting)s cannot be used", about)  # noqa: TRY400 - said
            return
        self.current = True
        self._stamp = self._stamped(self._policy)
        self.adopt(self._policy)
        log.info("the policy is now %(code)s", {"code": self._policy.sha256[:12]})

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self.look)

    def _stamped(self, policy: Policy) -> Stamp:
        return tuple(_stamps([self.path, *self._lists(policy)]))

    def _lists(self, policy: Policy) -> Iterator[Path]:
        for words in policy.words.values():
            if words.file:
                yield self.path.parent / words.file


def _stamps(paths: list[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        try:
            seen = path.stat()
        except OSError:
            continue
        yield str(path), seen.st_mtime_ns, seen.st_size
