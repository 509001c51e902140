import numpy as np
import pytest

from generators.support.article import Chunk
from generators.support.index import Index
from generators.support.lexical import Lexicon
from generators.support.measuring import UNMEASURED, fusion, stretched
from tests.generators.support.hashed import Hashed

WORDS = ("阿尔法", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "kilo")


def faq() -> list[Chunk]:
    return [Chunk(word, f"{word}?", "", f"say {word}", public=True) for word in WORDS]


def drawn(number: int) -> np.ndarray:
    rows = np.random.default_rng(2).standard_normal((number, 32)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_words_count_where_vectors_say_nothing() -> None:
    pieces = faq()
    subjects, texts = drawn(20)[:10], drawn(20)[10:]
    found = fusion(pieces, Lexicon(pieces), subjects, texts)
    assert found.weight == 0.4
    assert found.router is None


def test_words_do_not_count_where_vectors_say_all() -> None:
    pieces = faq()
    vectors = np.eye(10, dtype=np.float32)
    assert fusion(pieces, Lexicon(pieces), vectors, vectors).weight == 0


async def test_a_base_without_answers_is_not_measured() -> None:
    pieces = [Chunk(word, word, "", "", public=True) for word in WORDS]
    vectors = await Hashed().embed(WORDS)
    assert fusion(pieces, Lexicon(pieces), vectors, vectors).weight == UNMEASURED


def tickets() -> list[Chunk]:
    kinds = {"card": "lost bank card", "退款": "want money back", "login": "forgot my password"}
    return [
        Chunk(f"{label}{at}", f"{said} {WORDS[at]}", "", "", public=True, label=label)
        for label, said in kinds.items()
        for at in range(8)
    ]


async def test_tickets_have_a_floor_of_their_own_and_keep_what_is_near() -> None:
    pieces = tickets()
    vectors = await Hashed().embed([one.subject for one in pieces])
    index = Index(pieces)
    meaning = index.understood(vectors, vectors)
    near, far = await Hashed().embed(["I lost my bank card", "weather tomorrow"])
    best = index.by_meaning("I lost my bank card", near, meaning, 3)
    assert best[0].doc.startswith("card")
    assert best[0].confidence >= best[0].floor
    stranger = index.by_meaning("weather tomorrow", far, meaning, 3)
    assert all(hit.confidence < hit.floor for hit in stranger)


def test_stretching() -> None:
    assert stretched(np.array([1, 3, 2], np.float32)).tolist() == [0, 1, 0.5]
    assert stretched(np.zeros((2, 3), np.float32)).tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("shared", [(), ("C1",), None])
async def test_a_piece_is_found_only_for_who_may_read_it(shared: tuple[str, ...] | None) -> None:
    pieces = [
        Chunk("open", "bank card", "", "", public=True),
        Chunk("kept", "lost bank card", "", "", public=True, channels=("C1", "C2")),
    ]
    vectors = await Hashed().embed([one.subject for one in pieces])
    index = Index(pieces)
    meaning = index.understood(vectors, vectors)
    question = "lost bank card"
    by_meaning = index.by_meaning(question, vectors[1], meaning, 5, shared)
    for hits in (by_meaning, index.by_words(question, 5, shared)):
        assert [hit.doc for hit in hits] == (["open"] if shared == () else ["kept", "open"])
