import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.grid import described
from bot.views.mrkdwn import MESSAGE_CHARS, SECTION_CHARS
from bot.views.notices import Notice
from bot.views.render import File, Page, context, footer, notice, pages, picture
from bot.views.review import card
from generators.draft import Audio, Code, Content, Grid, Illustrated, Image, Text
from generators.sentences import Language
from tests.bot.shown import BLOCKS, SECTION, said

TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            [
                "<!channel> & ",
                "word ",
                "\n",
                "\n\n",
                "```\n",
                "退款。",
                "\U0001f600",
                "مرحبا ",
                "x" * 500,
            ]
        ),
        max_size=60,
    ).map("".join),
    st.integers(1, 15_000).map(lambda n: "&" * n),
    st.integers(1, 400).map(lambda n: "- item\n" * n),
)


def fits(page: Page) -> None:
    """Check a message against Slack's limits."""
    texts = [said(block) for block in page.blocks if block["type"] in {"section", "context"}]
    assert len(page.blocks) <= BLOCKS
    assert sum(map(len, texts)) <= MESSAGE_CHARS + SECTION
    assert all(0 < len(text) <= SECTION for text in texts)
    assert len(page.text) <= SECTION


CONTENTS = st.one_of(
    TEXTS.map(Text),
    st.builds(
        Code, TEXTS, st.sampled_from(["python", "", "x"]), st.sampled_from(["passed", "failed"])
    ),
    TEXTS.map(lambda alt: Image(b"\x89PNG", alt)),
    TEXTS.map(lambda alt: Grid((Image(b"", alt), None), alt, b"\x89PNG")),
    TEXTS.map(lambda body: Illustrated(body, Image(b"\x89PNG", body))),
    TEXTS.map(lambda transcript: Audio(b"RIFF", transcript)),
)


@given(CONTENTS)
def test_every_message_is_within_slacks_limits(content: Content) -> None:
    made = pages(content, "small print")
    for page in made:
        fits(page)
    fits(card(content, "abc", "small print"))
    assert "small print" in said(made[0].blocks[-1])
    assert all(page.blocks for page in made)


@given(TEXTS)
def test_no_broadcast_of_the_content_reaches_a_message(text: str) -> None:
    for content in (Text(text), Code(text, "python"), Image(b"", text), Audio(b"", text)):
        for page in pages(content, "small"):
            for shown in (page.text, *map(said, page.blocks)):
                assert "<!" not in shown
                assert "<@" not in shown


def test_a_short_answer_is_one_message_with_its_footer() -> None:
    (page,) = pages(Text("Five **days**."), "tiny · req_1")
    assert [said(block) for block in page.blocks] == ["Five *days*.", "tiny · req_1"]
    assert page.text == "Five *days*."
    assert page.file is None


def test_a_long_answer_is_several_messages_and_only_the_first_has_the_footer() -> None:
    body = "\n\n".join(f"Paragraph {n}. " + "word " * 100 for n in range(60))
    made = pages(Text(body), "small")
    assert len(made) > 1
    assert said(made[0].blocks[-1]) == "small"
    assert all(block["type"] == "section" for page in made[1:] for block in page.blocks)
    shown = "".join(said(block) for page in made for block in page.blocks)
    assert all(f"Paragraph {n}." in shown for n in range(60))


def test_the_words_for_a_notification_are_never_cut_inside_an_entity_or_a_link() -> None:
    (page,) = pages(Text("x" * 298 + "<<<"), "small")
    assert page.text == "x" * 298
    (page,) = pages(Text("x" * 280 + "[a label](https://a.example/path) and more"), "small")
    assert page.text.count("<") == page.text.count(">")


def test_short_code_is_shown_and_says_whether_it_ran() -> None:
    (page,) = pages(Code("print(1 < 2)", "python", "passed"), "small")
    assert said(page.blocks[0]) == "```\nprint(1 &lt; 2)\n```"
    assert said(page.blocks[1]) == "Its tests were run and passed. small"
    assert page.file is None


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("python", "answer.py"),
        ("typescript", "answer.ts"),
        ("", "answer.txt"),
        ("../x", "answer.txt"),
    ],
)
def test_long_code_is_a_file(language: str, name: str) -> None:
    source = "\n".join(f"line {n} < 3" for n in range(50))
    (page,) = pages(Code(source, language), "small")
    assert page.file is not None
    assert (page.file.name, page.file.data, page.file.inline) == (name, source.encode(), False)


@pytest.mark.parametrize("source", ["x = 1  # ```", 'doc = """\n```\ncode\n```\n"""', "`" * 7])
def test_code_that_holds_a_fence_is_a_file(source: str) -> None:
    (page,) = pages(Code(source, "python"), "small")
    assert page.file is not None
    assert all("```" not in said(block) for block in page.blocks)


def test_code_is_a_file_when_escaping_makes_it_too_long() -> None:
    (page,) = pages(Code("<" * (SECTION_CHARS // 3), "python"), "small")
    assert page.file is not None


def test_a_picture_is_shown_in_the_message() -> None:
    (page,) = pages(Image(b"\x89PNG", "a <red> heart"), "small")
    assert page.file is not None
    assert (page.file.data, page.file.alt, page.file.inline) == (b"\x89PNG", "a <red> heart", True)
    assert page.text == "a &lt;red&gt; heart"


@pytest.mark.parametrize(
    ("speech", "said"),
    [
        ("en", "*1* seed\xa07 · *2* not shown: moderation refused it · *3* seed\xa09"),
        ("zh", "*1* 种子\xa07 · *2* 未通过审核，不显示 · *3* 种子\xa09"),
    ],
)
def test_a_sheet_says_what_is_at_which_number(speech: Language, said: str) -> None:
    cells = (Image(b"a", "a heart", 7), None, Image(b"c", "a heart", 9))
    (page,) = pages(Grid(cells, "hearts <3 💕", b"\x89PNG"), "small", speech)
    assert page.file == File("pictures.png", b"\x89PNG", "hearts <3 💕", inline=True)
    assert page.blocks == [context(f"{said}\nsmall")]


def test_words_and_their_picture_are_one_message_and_a_refused_picture_is_told_of() -> None:
    (page,) = pages(Illustrated("Tea is *back*.", Image(b"\x89PNG", "a cup")), "small")
    assert page.file == File("picture.png", b"\x89PNG", "a cup", inline=True)
    assert [block["type"] for block in page.blocks] == ["section", "context"]
    (alone,) = pages(Illustrated("茶"), "small", "zh")
    assert alone.file is None
    assert alone.blocks[-1] == context(f"{Notice.PICTURE_REFUSED.text('zh')}\nsmall")


def test_the_description_of_a_sheet_names_each_picture_however_long_the_prompt() -> None:
    cells = (Image(b"a", "一" * 5000, 1), None, Image(b"c", "x", 3), Image(b"d", "x", 4))
    speeches: tuple[Language, ...] = ("en", "zh")
    for speech in speeches:
        told = described(Grid(cells, "all"), speech)
        assert len(told) < 1000
        assert all(f"{number}: " in told for number in (1, 2, 3, 4))


def test_an_uploaded_picture_is_described() -> None:
    assert picture("F1", "") == {
        "type": "image",
        "slack_file": {"id": "F1"},
        "alt_text": "picture",
    }
    assert len(picture("F1", "x" * 5000)["alt_text"]) == 2000


def test_speech_comes_with_its_words() -> None:
    (page,) = pages(Audio(b"RIFF", "hello <there>"), "small")
    assert page.file is not None
    assert page.file.data == b"RIFF"
    assert said(page.blocks[0]) == "hello &lt;there&gt;"


def test_nothing_is_a_message_too() -> None:
    (page,) = pages(Text(""), "small")
    assert page.blocks == [context("small")]


def test_a_footer_joins_what_there_is() -> None:
    assert footer("a <b>", "", "c") == "a &lt;b&gt; · c"
    assert footer() == ""


def test_a_notice_is_its_sentence() -> None:
    page = notice(Notice.QUEUED, "en", "req_1", n=3)
    assert page.text == "Queued, place 3 in line…"
    assert [said(block) for block in page.blocks] == [page.text, "req_1"]
    assert len(notice(Notice.WORKING, "zh").blocks) == 1


def test_a_card_shows_what_would_be_shown_and_asks() -> None:
    page = card(Text("something **doubtful**"), "abc", "small")
    texts = [said(block) for block in page.blocks if block["type"] == "section"]
    assert texts == [Notice.REVIEW.text("en"), "something *doubtful*"]
    (actions,) = [block for block in page.blocks if block["type"] == "actions"]
    assert [(b["action_id"], b["value"]) for b in actions["elements"]] == [
        ("review_approve", "abc"),
        ("review_edit", "abc"),
        ("review_reject", "abc"),
        ("review_claim", "abc"),
    ]


def test_a_card_shows_code_as_it_is() -> None:
    page = card(Code("# a **comment**\nf(**kwargs)", "python"), "abc", "small")
    assert "# a **comment**\nf(**kwargs)" in said(page.blocks[1])


def test_a_reviewer_sees_the_whole_of_a_long_answer() -> None:
    body = "\n\n".join(f"Paragraph {n}. " + "word " * 100 for n in range(60))
    page = card(Text(body), "abc", "small")
    assert page.file is not None
    assert page.file.data.decode() == body
    assert Notice.TOO_LONG.text("en") in [said(b) for b in page.blocks if b["type"] == "section"]


def test_a_held_picture_goes_with_its_card() -> None:
    page = card(Image(b"\x89PNG", "a heart"), "abc", "small")
    assert page.file is not None
    assert (page.file.data, page.file.inline) == (b"\x89PNG", True)
