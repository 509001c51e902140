from bot.intake.events import APPROVE, REJECT
from bot.views.render import Block
from bot.views.review import card
from generators.draft import Code, Content, Image, Text

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
    assert told == [(APPROVE, "abc"), (REJECT, "abc")]


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
