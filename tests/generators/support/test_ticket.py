from pathlib import Path

import pytest

from generators.draft import Line, PromptRejected
from generators.support.library import Library
from generators.support.shelf import Shelf
from generators.support.ticket import look_up, passages_of, questions, ticket_of, uncovered
from tests.asking import request

CONTEXT = (Line("ana", "first", "1"), Line("bo", "My lamp is broken", "2"), Line("bo", " ", "3"))


def test_the_ticket_is_the_prompt_or_the_last_message() -> None:
    assert ticket_of(request(" Where is it? ", context=CONTEXT)) == "Where is it?"
    assert ticket_of(request("", context=CONTEXT)) == "My lamp is broken"
    with pytest.raises(PromptRejected):
        ticket_of(request(" "))


@pytest.mark.parametrize(
    ("ticket", "asked"),
    [
        ("Hello! The tent is torn. How long is the warranty?", ["How long is the warranty?"]),
        ("I forgot my password. Thanks!", ["I forgot my password."]),
        ("您好。帐篷保修几年？谢谢", ["帐篷保修几年？"]),
        ("Red tent", ["Red tent"]),
        ("Why? What? " + " ".join(f"What is thing{n}?" for n in range(9)), None),
    ],
)
def test_questions_of_a_message(ticket: str, asked: list[str] | None) -> None:
    found = questions(ticket)
    assert found == asked if asked else len(found) == 4


async def test_every_question_finds_its_own_document(tmp_path: Path) -> None:
    ticket = "Hi! How long is a gift card valid? Can I bring a dog? May I use a stove in the tent?"
    findings = await look_up(ticket, Shelf(Library(tmp_path)), kb="", top=8, shared=())
    assert {"gift-cards", "stove-safety"} <= {one.doc for one in passages_of(findings)}
    assert uncovered(findings) == ["Can I bring a dog?"]


async def test_an_internal_article_is_seen_but_not_taken(tmp_path: Path) -> None:
    findings = await look_up(
        "How much goodwill credit may support staff grant?",
        Shelf(Library(tmp_path)),
        kb="",
        top=8,
        shared=(),
    )
    assert passages_of(findings) == []
    assert any(finding.internal for finding in findings)


async def test_pieces_of_one_document_are_one_source(tmp_path: Path) -> None:
    ticket = "Is the return label free? Can I return opened food?"
    passages = passages_of(await look_up(ticket, Shelf(Library(tmp_path)), kb="", top=8, shared=()))
    docs = [one.doc for one in passages]
    assert docs.count("returns") == 1
    assert "label is free" in passages[docs.index("returns")].text
    assert "Opened food" in passages[docs.index("returns")].text
