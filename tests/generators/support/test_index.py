import numpy as np
import pytest

from generators.support.article import Article, Chunk, chunks
from generators.support.index import ANSWER_DISCOUNT, Index, Meaning
from generators.support.lexical import Lexicon
from generators.support.measuring import FLOOR_UNKNOWN, UNMEASURED, floor
from tests.generators.support.hashed import Hashed


def piece(doc: str, title: str, text: str) -> Chunk:
    return Chunk(doc, title, "", text, public=True)


SHOP = (
    piece("returns", "Returning an item", "Send it back within 45 days."),
    piece("stove", "Gas stove", "Never use it in a tent."),
    piece("zh", "退货与退款", "收到商品后45天内可以退货。"),
)


async def meaning(pieces: tuple[Chunk, ...], at: float = 0.4) -> Meaning:
    model = Hashed()
    subjects = await model.embed([one.subject or one.text for one in pieces])
    return Meaning(subjects, await model.embed([one.text or one.subject for one in pieces]), at)


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("How do I return an item?", 1.0),
        ("Who won the world cup?", 0.0),
        ("", 0.0),
        ("Do you?", 0.0),
    ],
)
def test_coverage(question: str, share: float) -> None:
    assert Lexicon(SHOP).coverage(question, 0) == pytest.approx(share)


def test_a_rare_unknown_word_weighs_more_than_a_known_one() -> None:
    assert 0 < Lexicon(SHOP).coverage("return a unicorn", 0) < 0.5


def test_chinese_is_covered_by_pairs_of_characters() -> None:
    lexicon = Lexicon(SHOP)
    assert lexicon.coverage("请问可以退货吗？", 2) == 1.0
    assert lexicon.coverage("你们卖汽车吗？", 2) == 0.0
    assert lexicon.coverage("货退", 2) == 0.0


@pytest.mark.parametrize("question", ["", "???", "unicorn", "的了吗", "🔥"])
def test_a_question_without_a_known_word_finds_nothing(question: str) -> None:
    assert Index(SHOP).by_words(question, 5) == []


def test_pieces_without_words_can_be_indexed() -> None:
    assert Index([piece("a", "", "!!!")]).by_words("anything", 5) == []


def test_one_piece_alone_is_found() -> None:
    (hit,) = Index(SHOP[:1]).by_words("Can I return it?", 5)
    assert (hit.doc, hit.confidence) == ("returns", 1.0)


async def test_meaning_ranks_by_the_better_of_two_vectors() -> None:
    vector = (await Hashed().embed(["never use tent"]))[0]
    hits = Index(SHOP).by_meaning("never use tent", vector, await meaning(SHOP), 2)
    assert [hit.doc for hit in hits][:1] == ["stove"]
    assert hits[0].confidence == pytest.approx(1.0)
    assert hits[0].score == pytest.approx(1 - ANSWER_DISCOUNT + UNMEASURED)
    assert len(hits) == 2


async def test_confidence_is_the_raw_cosine_and_not_the_fused_score() -> None:
    vector = (await Hashed().embed(["world cup winner"]))[0]
    hits = Index(SHOP).by_meaning("world cup item", vector, await meaning(SHOP), 1)
    assert (hits[0].score, hits[0].confidence) == (pytest.approx(UNMEASURED), 0.0)


async def test_the_floor_is_measured_by_leaving_one_out() -> None:
    articles = [
        Article(id=str(n), title=f"word{n} common shared", text=f"word{n} text{n}")
        for n in range(20)
    ]
    pieces = tuple(one for article in articles for one in chunks(article))
    found = await meaning(pieces)
    assert floor(pieces, found.subjects, found.texts) == pytest.approx(2 / 3, abs=0.05)


async def test_a_small_base_has_a_floor_without_measure() -> None:
    found = await meaning(SHOP)
    assert floor(SHOP, found.subjects, found.texts) == FLOOR_UNKNOWN


async def test_questions_without_answers_do_not_find_themselves() -> None:
    pieces = tuple(piece(str(n), f"alone{n}", "") for n in range(20))
    found = await meaning(pieces)
    assert floor(pieces, found.subjects, found.texts) < 0.5
    assert np.array_equal(found.subjects, found.texts)
