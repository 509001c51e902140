"""Text to measure with: workplace prose in English and Chinese, code, and a text full of findings.

Nothing in it is anybody's: the secrets and people are made from counters, anew in each run.
"""

import hashlib
from collections.abc import Callable, Iterator
from itertools import count, islice

from stdnum import luhn

ENGLISH = (
    "Thanks everybody for the quick turnaround on the release notes. ",
    "The deploy on Thursday went out at 14:20 and the error rate stayed under 0.3 percent. ",
    "Could somebody from support tell the customer that the refund takes five to seven days?\n",
    "I moved the planning call to Monday, because half of the team travels on Friday. ",
    "Details are in [the runbook](https://wiki.example.com/runbook), section 4.2.\n\n",
)
CHINESE = (
    "大家好，新版本已经在周四下午两点二十分上线，错误率一直低于千分之三。",
    "请客服同事告诉客户，退款需要五到七个工作日才能到账。",
    "周五有一半同事出差，所以计划会改到下周一上午十点。\n",
    "详细步骤见[运维手册](https://wiki.example.com/runbook)第四章，有问题请直接在群里说。\n\n",
)
CODE = (
    "def total_cents(lines: list[Line], *, discount: float = 0.0) -> int:\n",
    '    """Sum the lines of an order, in cents."""\n',
    "    subtotal = sum(line.cents * line.amount for line in lines if line.amount > 0)\n",
    "    return round(subtotal * (1 - discount))\n\n\n",
)


def english(length: int) -> str:
    """Return workplace prose of so many characters."""
    return _repeated(ENGLISH, length)


def chinese(length: int) -> str:
    """Return Chinese workplace prose of so many characters."""
    return _repeated(CHINESE, length)


def code(length: int) -> str:
    """Return a Python program of so many characters."""
    return _repeated(CODE, length)


def incidents(length: int) -> str:
    """Return prose of so many characters in which every line has something to find."""
    return _cut((line for number in count() for line in _incident(number)), length)


KINDS: dict[str, Callable[[int], str]] = {
    "English": english,
    "Chinese": chinese,
    "code": code,
    "full of findings": incidents,
}


def _incident(number: int) -> Iterator[str]:
    noise = hashlib.sha256(str(number).encode()).hexdigest()
    digits = str(int(noise, 16))
    card = f"4{digits[:14]}"
    yield f"Write to {noise[:7]}@{noise[7:12]}.com or call +49 30 {digits[15:22]}.\n"
    yield f"The token is ghp_{noise[:36]} and password: {noise[40:52]}!\n"
    yield f"Card {card}{luhn.calc_check_digit(card)}, host 10.{number % 256}.3.4, <!channel> "
    yield f"see [bank.example](https://{noise[:8]}.example/login)\n"


def _repeated(sentences: tuple[str, ...], length: int) -> str:
    return _cut((sentence for _ in count() for sentence in sentences), length)


def _cut(sentences: Iterator[str], length: int) -> str:
    # Each sentence has at least one character, so that `length` of them are enough.
    return "".join(islice(sentences, length // 10 + 1))[:length]
