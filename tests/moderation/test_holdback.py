import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.holdback import WINDOW, releasable
from tests.moderation.planted import ALNUM, pem, seeded, some

REST = "x" * (WINDOW + 10)
pieces = st.sampled_from(
    [
        "word",
        " ",
        "\n",
        "。",
        "，",
        "中文",
        "😀",
        "```",
        "[a](",
        "[b](c)",
        "<!here>",
        "<@",
        "]",
        "-----BEGIN ",
        "-----END A-----",
        "password is ",
        "密码：",
        "x" * 70,
        "\u200b",
        "token ",
    ]
)
texts = st.lists(pieces, max_size=60).map("".join)
spans = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)).map(sorted).map(tuple))


@given(texts, spans)
def test_what_is_released_is_a_prefix_that_ends_where_a_word_does(
    text: str, found: list[tuple[int, int]]
) -> None:
    ready = releasable(text, found)
    assert text.startswith(ready)
    assert len(ready) <= max(0, len(text) - WINDOW)
    assert not ready or ready[-1].isspace() or ready[-1] in "。！？；，、"
    assert not any(start < len(ready) < end for start, end in found)
    *_, last = ready.split("```")
    assert ready.count("```") % 2 == 0 or "\n" in last


@given(st.lists(st.sampled_from(["word ", "中文，", "第三。", "\n", "plain, "]), max_size=80))
def test_ordinary_text_is_held_back_by_little_more_than_the_window(words: list[str]) -> None:
    text = "".join(words)
    assert len(text) - len(releasable(text)) <= WINDOW + max(map(len, words), default=0)


@pytest.mark.parametrize(
    ("before", "opener"),
    [
        ("see ", "```python of which no line has come"),
        ("see ", "```code in one line"),
        ("see ", "-----BEGIN RSA PRIVATE KEY-----\n" + "AAAA\n" * 30),
        ("see ", "[the label of a link"),
        ("see ", "[the label](https://x.test/" + "a b " * 20),
        ("see ", "![a picture that"),
        ("see ", "<!subteam^S1|some people"),
        ("see ", "<https://x.test|some text"),
        ("the ", "password is correct horse"),
        ("看 ", "密码：correct horse"),
        ("my ", "API key would be "),
    ],
)
def test_what_opens_is_held_back_until_it_closes(before: str, opener: str) -> None:
    assert releasable(before + opener + " " + "y" * WINDOW) == before


@pytest.mark.parametrize(
    "closed",
    [
        "```\ncode and more\n```",
        pem(seeded(1)),
        "[a label](https://x.test)",
        "[a footnote] and",
        "<!here> and",
        "a < b and",
        "the password is known\nand",
        "the password is what nobody at all should ever write in a chat where all can read it, so",
    ],
)
def test_what_has_closed_is_released(closed: str) -> None:
    text = f"see {closed} then "
    assert releasable(text + REST) == text


def test_a_code_block_is_shown_while_it_grows_but_never_half_of_its_first_line() -> None:
    assert releasable("see ```python\n" + REST) == "see ```python\n"
    assert releasable("see ```python\nx = 1  # " + REST) == "see ```python\nx = 1  # "
    assert releasable("看：```python\n打印（“你好”）\n" + REST) == "看：```python\n打印（“你好”）\n"
    assert releasable("see ```x = 1 ``` and " + REST) == "see ```x = 1 ``` and "
    assert releasable("see ```x = 1 " + REST) == "see "
    assert releasable("a ```\nx\n``` b ```\ny\n" + REST) == "a ```\nx\n``` b ```\ny\n"


def test_nothing_is_cut_in_the_middle_of_what_was_found() -> None:
    text = "call 4111 1111 1111 1111 or write " + REST
    assert releasable(text) == "call 4111 1111 1111 1111 or write "
    assert releasable(text, [(5, 24)]) == "call 4111 1111 1111 1111 or write "
    assert releasable("call 4111 1111 " + REST, [(5, 60)]) == "call "
    assert releasable("a b c d " + REST, [(6, 99), (2, 7)]) == "a "


def test_a_long_word_is_held_back_whole() -> None:
    for length in (65, 500, 5000):
        assert releasable("see " + some(seeded(1), ALNUM, length)) == "see "


@pytest.mark.parametrize(
    "unit",
    ["a", "word ", "。", "```", "```\n", "[", "[a](", "](", "<", "<!a", "-----BEGIN ", "password "],
)
def test_the_time_grows_with_the_length_and_not_with_its_square(unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (50_000, 100_000))
    assert cpu_ms(long) < 3.5 * cpu_ms(short) + 20


def cpu_ms(text: str) -> float:
    start = time.thread_time_ns()
    releasable(text)
    return (time.thread_time_ns() - start) / 1e6
