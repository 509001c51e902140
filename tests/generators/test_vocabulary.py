from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.vocabulary import Heeded, Unknown, Vocabulary, pointed, said


def thing(sign: str, english: str, chinese: str, *near: str) -> dict[str, Any]:
    plural = f"{english}s"
    return {"sign": sign, "english": english, "chinese": chinese, "plural": plural, "near": near}


TABLE = {
    "things": [
        thing("🐱", "cat", "猫", "kitten", "pet", "小猫咪"),
        thing("🐙", "octopus", "章鱼", "squid"),
        thing("🚒", "fire engine", "消防车"),
        thing("🔥", "fire", "火"),
        thing("🍎", "apple", "苹果", "fruit"),
    ],
    "colours": [{"english": "blue", "chinese": "蓝色"}, {"english": "red", "chinese": "红色"}],
    "numbers": [["two", "两个"], ["three", "三个"]],
}
WORDS = Vocabulary.of(TABLE)


@pytest.mark.parametrize(
    "prompt",
    [
        "a blue cat",
        "Two cats and an OCTOPUS.",
        "a fire engine on a red background",
        "\uff41 \uff43\uff41\uff54",
        "蓝色的猫",
        "红苹果和章鱼",
        "两个消防车",
        "蓝色背景上的猫，请画一张图",
        "a cat 和 猫",
        "",
        "  \n",
    ],
)
def test_what_it_read_is_known(prompt: str) -> None:
    assert WORDS.reading(prompt).unknown == ()


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("a kitten", [("kitten", "cat")]),
        ("two kittens", [("kittens", "cat")]),
        ("an octopuz", [("octopuz", "octopus")]),
        ("a cat riding a rocket", [("riding", ""), ("rocket", "")]),
        ("engine", [("engine", "fire engine")]),
        ("红色的小猫咪", [("小猫咪", "猫")]),
        ("蓝色的火车", [("车", "消防车")]),
        ("恐龙", [("恐龙", "")]),
        ("🐱", [("🐱", "cat")]),
        ("a squid and a squid", [("squid", "octopus")]),
        ("قطة", [("قطة", "")]),
    ],
)
def test_a_word_it_never_read_is_said_with_the_nearest(
    prompt: str, unknown: list[tuple[str, str]]
) -> None:
    assert [(one.word, one.nearest) for one in WORDS.reading(prompt).unknown] == unknown


@given(st.text())
def test_any_text_is_read_to_its_end(prompt: str) -> None:
    for one in WORDS.reading(prompt).unknown:
        assert one.word


@pytest.mark.parametrize(
    ("prompt", "read"),
    [
        ("a red cat", "a red cat"),
        ("Please draw me a picture of a RED cat!", "a red cat"),
        ("a red cat for grandma's birthday, with love", "a red cat"),
        ("fire engine, fire, ,", "fire engine, fire"),
        ("请画一张红色的猫给奶奶", "红色的猫"),
        ("猫，蓝色背景。", "猫，蓝色背景"),
        ("\uff41 \uff43\uff41\uff54", "a cat"),
        ("a cat 和 猫", "a cat 和猫"),
    ],
)
def test_a_model_gets_the_words_that_it_knows(prompt: str, read: str) -> None:
    assert WORDS.reading(prompt).prompt == read


@pytest.mark.parametrize("prompt", ["a red picture", "kitten", "红色", "🔫", "", "קשת"])
def test_without_a_thing_nothing_can_be_drawn(prompt: str) -> None:
    assert not WORDS.reading(prompt).draws


@given(st.lists(st.sampled_from(["a", "cat", "gun", "猫", "枪", "the", ",", "，", "🔫", "2", "9"])))
def test_what_a_model_gets_is_of_its_vocabulary_and_reads_the_same_again(words: list[str]) -> None:
    reading = WORDS.reading(" ".join(words))
    again = WORDS.reading(reading.prompt)
    assert (again.prompt, again.unknown, again.draws) == (reading.prompt, (), reading.draws)
    assert not set(reading.prompt) & set("g枪🔫9")


def test_the_sentence_is_in_the_language_of_the_prompt() -> None:
    heeded = Heeded(things=304, unknown=(Unknown("kitten", "cat"), Unknown("riding", "")))
    english = (
        "The small picture model knows 304 things, and not “kitten” (nearest: “cat”), “riding”."
    )
    assert said(heeded, "en") == english
    chinese = said(Heeded(things=304, unknown=(Unknown("恐龙", "龙"),)), "zh")
    assert chinese == "内置的小图片模型只认识 304 种东西，不认识“恐龙”（最接近的是“龙”）。"


def test_where_nothing_is_known_it_is_said_what_to_ask_for() -> None:
    heeded = Heeded(things=304, unknown=(Unknown("kitten", "cat"),))
    assert pointed(heeded, "en").startswith(f"{said(heeded, 'en')} Ask for")
    assert pointed(Heeded(things=304), "zh").endswith("例如：红色的心。")
    assert "304 things, and here is none." in pointed(Heeded(things=304), "en")
