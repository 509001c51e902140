"""What ruff says of a Python program, by rules that no setting of anybody changes. Never run."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from generators.code.python import MAX_CHARS
from generators.sentences import one_line

RULES: Final = "E9,F,B,PLE"
"""What is wrong or nearly always is: pyflakes, bugbear, pylint's errors; nothing of style."""
FATAL: Final = ("E9", "F821", "F822", "F823", "PLE", "invalid-syntax")
"""Beginnings of the rules without which a program cannot do what it should."""
MOST: Final = 20
WAIT_S: Final = 10.0
_TEXT_CHARS: Final = 200
_OPTIONS: Final = (
    *("check", "--isolated", "--no-cache", "--ignore-noqa", "--quiet", "--select", RULES),
    *("--target-version", "py311", "--output-format", "json"),
)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that ruff remarked: its line, from 1, the rule, and a sentence."""

    line: int
    rule: str
    text: str

    @property
    def fatal(self) -> bool:
        """Whether the program cannot do what it should."""
        return self.rule.startswith(FATAL)


def remarks(source: str) -> tuple[Remark, ...] | None:
    r"""Return the first remarks on a program; None where ruff is not there, or does not end.

    Blocks for some 20 ms, at most `WAIT_S`.

    >>> remarks("import os\nprint(x)")[1]
    Remark(line=2, rule='F821', text='Undefined name `x`')
    """
    ruff = _ruff()
    if ruff is None or len(source) > MAX_CHARS:
        return None
    try:
        ran = subprocess.run(  # noqa: S603 - the command is ours, the program is its input
            [ruff, *_OPTIONS, "-"],
            input=source.encode("utf-8", errors="replace"),
            capture_output=True,
            timeout=WAIT_S,
            check=False,
            env={},
        )
        found: list[dict[str, Any]] = json.loads(ran.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return tuple(map(_remark, found[:MOST]))


def _remark(said: dict[str, Any]) -> Remark:
    text = one_line(str(said["message"]))[:_TEXT_CHARS]
    return Remark(int(said["location"]["row"]), str(said["code"] or "invalid-syntax"), text)


def _ruff() -> str | None:
    """Return the ruff that was installed with us, or else any."""
    beside = Path(sys.executable).with_name("ruff")
    return str(beside) if beside.is_file() else shutil.which("ruff")
