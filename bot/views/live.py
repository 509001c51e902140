"""What of an unfinished answer a stream may show. Pure.

A stream takes Markdown and no argument against unfurling, and what was appended stays: so text that
a whole message would escape, or show as a link, is left to whole messages.
"""

import re

LONGEST = 10_000
"""Characters in one stream; all blocks of a message may have some 13,200 together."""

_APART = re.compile(r"<[^\s<=]|&#?[0-9A-Za-z]{1,32};|://|(?<![0-9A-Za-z])www\.|\]\(|mailto:")
"""What may be a mention, a tag, an entity or a link."""


def streamable(text: str) -> bool:
    """Tell whether a stream may show this beginning of an answer as it is.

    What is no longer so stays so when the answer grows.

    >>> [streamable(text) for text in ("R&D: **5 < 7**", "<!here>", "see https://a.example")]
    [True, False, False]
    """
    return len(text) <= LONGEST and _APART.search(text) is None
