"""What is asked of pictures, or one sentence why not."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.answers import pixels
from generators.asked import FLAGS, asked, problems
from generators.draft import PromptRejected
from generators.painting import Canvas
from generators.shapes import Ratio, shaped
from generators.styles import Styles

STYLES = Styles.of({"style_brand": "flat, deep blue"})


def test_every_flag_is_read_also_in_full_width_digits() -> None:
    flags = {
        "ar": "\uff11\uff16\uff1a\uff19",
        "n": "\uff14",
        "seed": " 9 ",
        "steps": "3",
        "no": " 文字 ",
        "style": "水彩",
    }
    made = asked(" 一只猫 ", flags, STYLES)
    assert (made.count, made.seed, made.steps, made.avoid) == (4, 9, 3, "文字")
    assert made.ratio == Ratio(16, 9)
    assert made.drawn == "一只猫，水彩画，柔和边缘，纸纹"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"size": "big"}, "multiples of 8 from 64 to 1792"),
        ({"size": "64"}, "such as 512x512"),
        ({"size": "65x64"}, "multiples of 8"),
        ({"size": "64x2048"}, "multiples of 8"),
        ({"size": "1792x1032"}, "1,835,008 pixels"),
        ({"size": "-64x64"}, "multiples of 8"),
        ({"n": "0"}, "--n is a whole number from 1 to 4"),
        ({"n": "5"}, "--n is a whole number from 1 to 4"),
        ({"n": "two"}, "from 1 to 4"),
        ({"seed": "-1"}, "from 0 to 2147483647"),
        ({"seed": "2147483648"}, "from 0 to 2147483647"),
        ({"steps": "101"}, "from 1 to 100"),
        ({"steps": "²²²²²²²²²²²"}, "from 1 to 100"),
        ({"ar": "5:1"}, "from 1:4 to 4:1"),
        ({"ar": "0:0"}, "from 1:4 to 4:1"),
        ({"ar": "wide"}, "such as 16:9"),
        ({"ar": "1:1", "size": "64x64"}, "not both"),
        ({"style": "oil"}, "watercolour"),
        ({"no": "x" * 501}, "at most 500"),
    ],
)
def test_what_is_out_of_range_is_one_sentence_with_the_range(
    flags: dict[str, str], says: str
) -> None:
    with pytest.raises(PromptRejected) as told:
        asked("a cat", flags, STYLES)
    assert says in str(told.value)
    with pytest.raises(PromptRejected) as told:
        asked("一只猫", flags, STYLES)
    assert language_of(str(told.value)) == "zh"


def language_of(text: str) -> str:
    return "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in text) else "en"


def test_an_empty_prompt_is_rejected() -> None:
    assert list(problems("  ", {}, STYLES, "zh")) == ["prompt"]
    with pytest.raises(PromptRejected, match="what the picture should show"):
        asked("  ", {}, STYLES)


def test_an_operators_style_goes_before_and_an_unknown_option_is_a_mistake() -> None:
    assert asked("a cat", {"style": "BRAND"}, STYLES).drawn == "a cat, flat, deep blue"
    with pytest.raises(TypeError, match="stylo"):
        Styles.of({"stylo": "x"})


@given(
    st.integers(1, 400),
    st.integers(1, 400),
    st.sampled_from(["", "64x64", "512x512", "1024x1024", "16x16"]),
)
def test_a_shape_is_met_near_the_models_own_area(wide: int, high: int, own: str) -> None:
    if max(wide, high) > 4 * min(wide, high):
        return
    width, height = pixels(shaped(Ratio(wide, high), Canvas(own=own)))
    side, _ = pixels(own) or [512, 512]
    assert width % 8 == height % 8 == 0
    assert width * height <= 1.6 * side**2
    if side >= 512:
        assert 0.9 < width * height / side**2 < 1.1
        assert abs(math.log(width / height / (wide / high))) < 0.05


def test_of_a_hosted_model_the_size_of_the_nearest_shape_is_taken() -> None:
    hosted = Canvas(only=("1024x1024", "1792x1024", "1024x1792"))
    made = [shaped(Ratio(*sides), hosted) for sides in ((16, 9), (1, 1), (2, 3), (5, 4))]
    assert made == ["1792x1024", "1024x1024", "1024x1792", "1024x1024"]


@given(st.dictionaries(st.sampled_from(FLAGS), st.text(max_size=12)), st.text(max_size=30))
def test_whatever_is_typed_is_understood_or_refused(flags: dict[str, str], prompt: str) -> None:
    with suppress(PromptRejected):
        assert 1 <= asked(prompt, flags, STYLES).count <= 4
