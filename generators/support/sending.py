"""What of a drafted reply is for the customer: all above its rule, without citations."""

import re
from typing import Final

from generators.support.grounding import without_citations

RULE: Final = "— — —"
"""The line below which nothing is for the customer."""

_PARTS: Final = re.compile(rf"(?m)^{RULE}$")


def above_the_rule(body: str) -> str:
    """Return the letter with its citations; empty where a text is no letter."""
    parts = _PARTS.split(body, maxsplit=1)
    return parts[0].strip() if len(parts) > 1 else ""


def as_sent(letter: str) -> str:
    r"""Return a letter as the customer gets it: without citations, and nothing below a rule.

    >>> as_sent("Within 14 days. [1]\nBye [2]\n\n— — —\n\nSources:")
    'Within 14 days.\nBye'
    """
    said = _PARTS.split(letter, maxsplit=1)[0]
    return "\n".join(without_citations(line) for line in said.splitlines()).strip()
