"""Which language words about a schedule are in: names in them are in none. Pure."""

import re
from typing import Final

from generators.sentences import Language, language

_NAMES: Final = re.compile(
    r"https?://[!-~]+|<[@#!][^<>]*>|[#\uff03][\w-]+|[a-z]+(?:_[a-z]+)*/[a-z_/]+",
    re.IGNORECASE,
)


def speech(text: str) -> Language:
    """Return the language of what is said besides addresses, channels, people and zones.

    >>> speech("订阅 https://news.example.com/rss 每天9点"), speech("#announcements 每天9点")
    ('zh', 'zh')
    >>> speech("#研发 every day at 9"), speech("每周一9点 America/New_York")
    ('en', 'zh')
    """
    return language(_NAMES.sub(" ", text))
