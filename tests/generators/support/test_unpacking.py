import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.support.unpacking import told
from tests.generators.support.papers import pdf, saying


def test_a_pdf_is_its_text_and_its_title() -> None:
    found = told("pdf", pdf(saying("Refunds take five days."), title="Handbook"))
    assert found == {"title": "Handbook", "text": "Refunds take five days."}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"%PDF-1.4 broken", "broken"),
        (b"\x00\xff not a PDF", "broken"),
        (pdf(b""), "no text in it"),
        (pdf(saying("x"), password="secret"), "encrypted"),
    ],
)
def test_a_pdf_that_cannot_be_taken_says_why(content: bytes, why: str) -> None:
    assert why in told("pdf", content)["why"]


@pytest.mark.thorough
def test_a_pdf_that_swells_is_not_followed() -> None:
    assert "swells" in told("pdf", pdf(b" " * 200_000_000))["why"]


@settings(max_examples=25, deadline=None)
@given(at=st.integers(0, 400), byte=st.integers(0, 255))
def test_a_damaged_pdf_is_read_or_refused_and_nothing_else(at: int, byte: int) -> None:
    content = bytearray(pdf(saying("Refunds take five days.")))
    content[at] = byte
    assert json.dumps(told("pdf", bytes(content)))


def test_html_that_is_not_utf8_is_said() -> None:
    assert told("html", "<p>退款</p>".encode("gb18030"))["why"] == "not UTF-8 text"
    assert told("html", "<p>退款 😀</p>".encode()) == {"title": "", "text": "退款 😀"}
