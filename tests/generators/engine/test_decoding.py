from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.engine.decoding import IncrementalDecoder, StopScanner

# Tokens are bytes, and a decoder joins them as a byte-level BPE does.
TEXTS = st.text(st.sampled_from("ab \n你好，！🦊👩‍💻אב\u0301\ufeff"), max_size=12)


def decoder_of(tokens: Sequence[bytes]) -> IncrementalDecoder:
    def decode(ids: Sequence[int]) -> str:
        return b"".join(tokens[number] for number in ids).decode("utf-8", "replace")

    return IncrementalDecoder(decode)


def pieces_of(tokens: Sequence[bytes]) -> list[str]:
    decoder = decoder_of(tokens)
    return [*(decoder.push(number) for number in range(len(tokens))), decoder.flush()]


def cut(data: bytes, marks: set[int]) -> list[bytes]:
    ends = sorted({0, len(data), *(mark % (len(data) + 1) for mark in marks)})
    return [data[start:end] for start, end in pairwise(ends)]


@given(TEXTS, st.sets(st.integers(0, 200), max_size=30))
def test_text_cut_at_any_byte_comes_out_whole_and_never_as_half_a_character(
    text: str, marks: set[int]
) -> None:
    pieces = pieces_of(cut(text.encode(), marks))
    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)


@given(st.lists(st.binary(max_size=4), max_size=20))
def test_any_bytes_come_out_as_the_decoder_shows_them_all_at_once(tokens: list[bytes]) -> None:
    assert "".join(pieces_of(tokens)) == b"".join(tokens).decode("utf-8", "replace")


def test_an_emoji_of_four_tokens_appears_with_its_last_token() -> None:
    tokens = [bytes([byte]) for byte in "🦊".encode()]
    assert pieces_of([b"a", *tokens]) == ["a", "", "", "", "🦊", ""]


def test_a_tail_of_half_a_character_is_shown_at_the_end() -> None:
    assert pieces_of([b"a", "你".encode()[:2]]) == ["a", "", "\ufffd"]


def test_a_decoder_that_drops_the_first_space_keeps_the_spaces_between() -> None:
    words = ["▁hello", "▁world"]
    decoder = IncrementalDecoder(
        lambda ids: "".join(words[number] for number in ids).replace("▁", " ").lstrip(" ")
    )
    assert decoder.push(0) + decoder.push(1) + decoder.flush() == "hello world"


def scan(stops: Sequence[str], chunks: Sequence[str]) -> tuple[str, bool]:
    scanner = StopScanner(stops)
    shown = "".join(scanner.push(chunk) for chunk in chunks)
    return shown + scanner.flush(), scanner.stopped


def before_first_stop(text: str, stops: Sequence[str]) -> str:
    """The oracle: grow the text by one character and look for a stop string at its end."""
    for end in range(1, len(text) + 1):
        sizes = [len(stop) for stop in stops if text[:end].endswith(stop)]
        if sizes:
            return text[: end - max(sizes)]
    return text


CHUNKS = st.lists(st.text(st.sampled_from("ab。"), max_size=4), max_size=10)
STOPS = st.lists(st.text(st.sampled_from("ab。"), min_size=1, max_size=4), max_size=4)


@given(CHUNKS, STOPS)
def test_the_text_ends_before_the_stop_string_that_is_complete_first(
    chunks: list[str], stops: list[str]
) -> None:
    text = "".join(chunks)
    shown, stopped = scan(stops, chunks)
    assert shown == before_first_stop(text, stops)
    assert stopped == any(stop in text for stop in stops)


@given(CHUNKS, STOPS)
def test_nothing_that_was_shown_is_part_of_a_stop_string(
    chunks: list[str], stops: list[str]
) -> None:
    scanner, shown, text = StopScanner(stops), "", ""
    for chunk in chunks:
        shown, text = shown + scanner.push(chunk), text + chunk
        assert before_first_stop(text, stops).startswith(shown)


@pytest.mark.parametrize(
    ("stops", "chunks", "shown"),
    [
        (["\n\n"], ["one\n", "\ntwo"], "one"),
        (["。"], ["你好。再见"], "你好"),
        (["END"], ["the EN", "D"], "the "),
        (["END"], ["the EN", "TRY"], "the ENTRY"),
        ([], ["all", " of it"], "all of it"),
        (["🦊"], ["🐻", "🦊", "🐼"], "🐻"),
    ],
)
def test_stop_strings(stops: list[str], chunks: list[str], shown: str) -> None:
    assert scan(stops, chunks)[0] == shown


def test_what_cannot_begin_a_stop_string_is_shown_at_once() -> None:
    scanner = StopScanner(["END"])
    assert scanner.push("the E") == "the "
    assert scanner.push("ar") == "Ear"
