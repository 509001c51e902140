import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.vocabulary import FILE, Unknown, Vocabulary, said


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
    assert WORDS.unknown(prompt) == ()


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
    assert [(one.word, one.nearest) for one in WORDS.unknown(prompt)] == unknown


@given(st.text())
def test_any_text_is_read_to_its_end(prompt: str) -> None:
    for one in WORDS.unknown(prompt):
        assert one.word


def test_the_sentence_is_in_the_language_of_the_prompt() -> None:
    unknown = (Unknown("kitten", "cat"), Unknown("riding", ""))
    english = (
        "The small picture model knows 304 things, and not “kitten” (nearest: “cat”), “riding”."
    )
    assert said(unknown, 304, "en") == english
    chinese = said((Unknown("恐龙", "龙"),), 304, "zh")
    assert chinese == "内置的小图片模型只认识 304 种东西，不认识“恐龙”（最接近的是“龙”）。"


def test_it_is_read_from_beside_the_model(tmp_path: Path) -> None:
    assert Vocabulary.read(tmp_path) is None
    tmp_path.joinpath(FILE).write_text(json.dumps(TABLE), encoding="utf-8")
    assert Vocabulary.read(tmp_path) == WORDS
