"""What a program would do if somebody ran it: bandit's warnings, read and never run.

Python only, and only what bandit knows. A program in another language has no finding here, and
neither has text that happens to be no program at all; secrets are `moderation.checks.secrets`.
"""

import logging
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from generators.draft import Code, Content
from moderation.finding import Finding
from moderation.tables import Direction

_PYTHON: Final = frozenset({"", "py", "python", "python3"})
_CONFIDENT: Final = {"HIGH": 1.0, "MEDIUM": 0.6, "LOW": 0.3, "UNDEFINED": 0.3}
_SEVERE: Final = {"HIGH": "high", "MEDIUM": "medium", "LOW": "low", "UNDEFINED": "low"}
_FILE: Final = "/program.py"
"""What bandit takes the program for; there is no such file."""
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class _UnreadError(Exception):
    """Bandit failed over the program."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Finds `code.<severity>.<test>`, as `code.high.b602`, where a line begins; no span.

    The score is how sure bandit is. `code.unparsed`: it says that it is Python, and is not.
    """

    name: str = "bandit"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return the warnings about a Python program; nothing for any other content."""
        del direction  # it would do the same whoever wrote it
        if not isinstance(content, Code) or content.language.lower() not in _PYTHON:
            return ()
        try:
            issues = _issues(content.source)
        except SyntaxError:
            unparsed = Finding(category="code.unparsed", detector=self.name)
            return (unparsed,) if content.language else ()
        starts = _line_starts(content.source)
        return tuple(self._finding(issue, starts) for issue in sorted(issues, key=_place))

    def _finding(self, issue: Any, starts: Sequence[int]) -> Finding:  # noqa: ANN401 - bandit's
        at = starts[min(max(issue.lineno, 1), len(starts)) - 1]
        return Finding(
            category=f"code.{_SEVERE[issue.severity]}.{issue.test_id.lower()}",
            detector=self.name,
            score=_CONFIDENT[issue.confidence],
            start=at,
            end=at,
        )


def _place(issue: Any) -> tuple[int, str]:  # noqa: ANN401 - bandit's
    return issue.lineno, issue.test_id


def _issues(source: str) -> list[Any]:
    """Return bandit's issues. Raises SyntaxError where it is no Python."""
    manager, read = _manager(), [_FILE]
    data = BytesIO(source.encode("utf-8", "replace"))
    manager._parse_file(_FILE, data, read)  # noqa: SLF001 - the public way takes names of files
    if not read and ("\0" in source or "syntax" in manager.skipped[0][1]):
        raise SyntaxError
    if not read:
        raise _UnreadError
    return list(manager.results)


def _manager() -> Any:  # noqa: ANN401 - bandit's
    # Only code needs it, and it takes a fifth of a second to import.
    for library in ("bandit", "stevedore"):  # their logs could quote the program
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how it calls stevedore
        from bandit.core.config import BanditConfig  # noqa: PLC0415 - see above
        from bandit.core.manager import BanditManager  # noqa: PLC0415 - see above
    return BanditManager(BanditConfig(), "file", ignore_nosec=True)


def _line_starts(source: str) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(source))]
