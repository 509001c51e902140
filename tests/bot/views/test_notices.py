import re
import string

import pytest

from bot.views.mrkdwn import escape
from bot.views.notices import Notice

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("item", Notice)
def test_every_notice_is_said_in_both_languages(item: Notice) -> None:
    english, chinese = item.value
    assert english
    assert not HAN.search(english)
    assert HAN.search(chinese)


@pytest.mark.parametrize("item", Notice)
def test_blanks_are_the_same_in_both_languages_and_named(item: Notice) -> None:
    blanks = [
        {name for _, name, _, _ in string.Formatter().parse(said) if name} for said in item.value
    ]
    assert blanks[0] == blanks[1]
    known = {"n", "of", "seconds", "whose", "window", "used", "limit", "reserved", "reset"}
    assert blanks[0] <= known | {"first", "second", "third", "step", "steps"}


@pytest.mark.parametrize("item", Notice)
def test_a_notice_needs_no_escaping(item: Notice) -> None:
    assert [escape(said) for said in item.value] == list(item.value)


def test_blanks_take_numbers() -> None:
    assert "3" in Notice.BUSY.text("en", n=3)
    assert "3" in Notice.BUSY.text("zh", n=3)


def test_no_two_notices_say_the_same() -> None:
    assert len({item.value for item in Notice}) == len(list(Notice))
