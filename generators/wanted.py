"""Which kind of fact a question wants, and whether a sentence states one: a time, an amount.

Knows words and digits only; in English and Chinese.
"""

import re
from typing import Final

_NUMBER = r"(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|[一二两三四五六七八九十])"
_TIME = (
    rf"{_NUMBER}[^.。]{{0,24}}?(?:minute|hour|day|week|month|year|分钟|小时|天|日|周|个月|年)"
    r"|\d{1,2}:\d{2}|\d{1,2}\s?(?:am|pm)"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|same day|当天|点"
)
_MONEY = r"[€$£¥]\s?\d|\d\s?(?:€|eur|usd|gbp|cny|%|元|块|欧)|free|no charge|no cost|免费|免运费"
_HOW_LONG = (
    r"how (?:long|soon|fast|quick)|(?<![a-z])when(?![a-z])|what time|hours|until when|deadline"
    r"|多久|多长时间|几天|什么时候|何时|几点|多快"
)
_HOW_MUCH = r"how much|cost|price|fee|charge|多少钱|费用|价格|运费|收费"
_HOW_MANY = r"how many|how old|多少|几个|几次"
_KINDS: Final = tuple(
    (re.compile(question, re.IGNORECASE), re.compile(answer, re.IGNORECASE))
    for question, answer in ((_HOW_LONG, _TIME), (_HOW_MUCH, _MONEY), (_HOW_MANY, r"\d"))
)


def states_it(question: str, sentence: str) -> bool:
    """Tell whether a sentence states the kind of fact that a question asks for.

    >>> states_it("How long do refunds take?", "Your refund is booked within 7 business days.")
    True
    >>> states_it("How long do refunds take?", "We refund the price of missing parts.")
    False
    >>> states_it("Is it waterproof?", "It takes 7 days.")
    False
    """
    return any(
        asked.search(question) is not None and answer.search(sentence) is not None
        for asked, answer in _KINDS
    )
