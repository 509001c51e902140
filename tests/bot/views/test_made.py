"""Who made an answer is said in the language of who asked."""

import pytest

from bot.views.made import made_by
from generators.draft import BUILT_IN
from generators.retouch import CUT_OUT, LANCZOS


def test_a_model_is_named_in_both_languages() -> None:
    assert made_by("tiny", "en") == ("AI-generated", "tiny")
    assert made_by("tiny", "zh") == ("AI 生成", "tiny")


@pytest.mark.parametrize("model", [BUILT_IN, LANCZOS, CUT_OUT])
def test_what_works_without_a_model_says_so_in_both_languages(model: str) -> None:
    (english,), (chinese,) = made_by(model, "en"), made_by(model, "zh")
    assert english.startswith(model)
    assert chinese.startswith("内置功能")


def test_what_is_built_in_elsewhere_keeps_its_words() -> None:
    assert made_by("built-in: Lücke 🎉", "zh") == ("built-in: Lücke 🎉",)


@pytest.mark.parametrize("model", ["", "atelier"])
def test_the_bot_itself_is_not_named(model: str) -> None:
    assert made_by(model, "zh") == ()
