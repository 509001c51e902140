from hypothesis import given
from hypothesis import strategies as st

from generators.support.article import CHUNK_CHARS, Article, chunks


def test_sections_become_pieces_that_know_their_heading() -> None:
    article = Article(id="a", title="Returns", text="Within 45 days.\n\n## Boots\nIndoors only.\n")
    first, second = chunks(article)
    assert (first.subject, first.text) == ("Returns", "Within 45 days.")
    assert (second.subject, second.text) == ("Returns: Boots", "Indoors only.")


def test_a_question_without_an_answer_is_one_piece() -> None:
    (only,) = chunks(Article(id="q", title="Where is my parcel?", text=""))
    assert only.whole == "Where is my parcel?"


def test_an_internal_article_has_internal_pieces() -> None:
    pieces = chunks(Article(id="a", title="t", text="x\n\n# h\ny", public=False))
    assert [piece.public for piece in pieces] == [False, False]


@given(st.lists(st.text("ab c。.\n退货", max_size=900), max_size=6))
def test_nothing_but_space_is_lost_and_no_piece_is_huge(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)
    pieces = chunks(Article(id="a", title="t", text=text))
    assert "".join("".join(piece.text.split()) for piece in pieces) == "".join(text.split())
    assert all(len(piece.text) <= 2 * CHUNK_CHARS for piece in pieces)


def test_one_word_without_end_is_cut() -> None:
    pieces = chunks(Article(id="a", title="t", text="x" * 10 * CHUNK_CHARS))
    assert sum(len(piece.text) for piece in pieces) == 10 * CHUNK_CHARS
