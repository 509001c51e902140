import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.provenance.png import SIGNATURE, NotPngError, chunks, texts, with_texts
from tests.moderation.provenance.pictures import file, opened, picture

PNG = file(picture("flat", 8))


@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=79),
        st.text(st.characters(exclude_categories=("Cs",))),
        max_size=3,
    )
)
def test_words_come_back_and_the_picture_stays(words: dict[str, str]) -> None:
    made = with_texts(PNG, words)
    assert texts(made) == words
    assert (opened(made) == opened(PNG)).all()


def test_every_chunk_has_its_crc() -> None:
    made = with_texts(PNG, {"AIGC": "内容 🦊"})
    at = len(SIGNATURE)
    for kind, data in chunks(made):
        end = at + 8 + len(data)
        assert int.from_bytes(made[end : end + 4]) == zlib.crc32(kind + data)
        at = end + 4
    assert at == len(made)


@pytest.mark.parametrize("broken", [b"", b"GIF89a", PNG[:20], PNG[:-5], PNG[:33] + b"\xff" * 8])
def test_a_broken_file_is_refused(broken: bytes) -> None:
    with pytest.raises(NotPngError):
        list(chunks(broken))


def test_words_that_are_too_long_or_compressed_are_not_read() -> None:
    long = with_texts(PNG, {"long": "x" * 70_000, "short": "y"})
    assert texts(long) == {"short": "y"}
    packed = with_texts(PNG, {"k": "z"}).replace(b"k\0\0\0", b"k\0\1\0")
    assert texts(packed) == {}
