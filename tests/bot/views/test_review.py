from typing import Any

import pytest

from bot.intake.meanings import APPROVE, CLAIM, EDIT, REJECT
from bot.ledger.reviewing import Waiting
from bot.views.forms import INPUT_CHARS
from bot.views.render import Block
from bot.views.review import LISTED, REASONS, card, editing, queue, rejecting, reporting
from generators.draft import Code, Content, Image, Text, UserId

PICTURE = Image(b"\x89PNG", "a red <heart> & 一颗心")


def texts(content: Content) -> str:
    blocks = card(content, "abc", "small print").blocks
    return "\n".join(block["text"]["text"] for block in blocks if block["type"] == "section")


def buttons(content: Content) -> list[Block]:
    blocks = card(content, "abc", "small print").blocks
    return [
        element for block in blocks for element in block.get("elements", []) if "value" in element
    ]


def test_the_buttons_name_the_request() -> None:
    told = [(button["action_id"], button["value"]) for button in buttons(Text("words"))]
    assert told == [(action, "abc") for action in (APPROVE, EDIT, REJECT, CLAIM)]


@pytest.mark.parametrize("content", [PICTURE, Text("x" * (INPUT_CHARS + 1)), Text("")])
def test_what_fits_no_form_is_not_edited(content: Content) -> None:
    assert EDIT not in {button["action_id"] for button in buttons(content)}


def test_the_forms_carry_the_request_and_nothing_else_hidden() -> None:
    forms = [rejecting("abc"), editing("abc", "words <b> 词语")]
    assert [form["private_metadata"] for form in forms] == ["abc", "abc"]
    assert [option["value"] for option in select(forms[0])["options"]] == list(REASONS)


def select(form: dict[str, Any]) -> Any:
    return form["blocks"][0]["element"]


def waiting(number: int, **given: Any) -> Waiting:
    usual: dict[str, Any] = {
        "request_id": f"{number:032x}",
        "user": UserId("U1"),
        "categories": "harm.hate <b>",
        "opened_ms": 0,
        "round": 1,
        "claimed_by": None,
        "channel": "C9",
        "ts": "1.5",
    }
    return Waiting(**{**usual, **given})


def test_a_long_queue_says_how_much_more_there_is() -> None:
    blocks = queue([waiting(number) for number in range(LISTED + 3)], "https://x/", 90 * 60_000)
    assert len(blocks) == LISTED + 2
    assert "3 more" in str(blocks[-1])
    assert "harm.hate &lt;b&gt;" in str(blocks[1])
    assert "1 h 30 min" in str(blocks[1])


def test_what_has_no_card_has_no_link() -> None:
    assert "https" not in str(queue([waiting(1, ts="", channel="")], "https://x/", 0))
    assert "appealed" in str(queue([waiting(1, round=2)], "https://x/", 0))
    assert "Nothing waits" in str(queue([], "https://x/", 0))


def test_a_reviewer_reads_what_would_be_read() -> None:
    assert "some words" in texts(Text("some words"))
    assert "print(1)" in texts(Code("print(1)", "python"))


def test_a_picture_comes_with_its_alternative_text_escaped() -> None:
    assert "a red &lt;heart&gt; &amp; 一颗心" in texts(PICTURE)
    file = card(PICTURE, "abc", "").file
    assert file is not None
    assert file.data == PICTURE.png


def test_what_does_not_fit_goes_with_the_card_as_a_file() -> None:
    long = "A sentence that goes on. " * 2000
    file = card(Text(long), "abc", "").file
    assert file is not None
    assert file.data == long.encode()


def test_the_form_of_a_report_is_in_one_language() -> None:
    form: Any = reporting("00ff", "zh")
    assert [form[part]["text"] for part in ("title", "submit", "close")] == ["举报", "举报", "取消"]
