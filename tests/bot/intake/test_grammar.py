from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.grammar import Misunderstood, Parsed, named, nearest, parse
from tests.bot.builders import VERBS, verb


def asked(text: str, *, verb: str = "", strict: bool = False) -> Parsed:
    parsed = parse(text, VERBS, verb=verb, strict=strict)
    assert isinstance(parsed, Parsed), parsed
    return parsed


def unclear(text: str, *, verb: str = "", strict: bool = False) -> Misunderstood:
    parsed = parse(text, VERBS, verb=verb, strict=strict)
    assert isinstance(parsed, Misunderstood), parsed
    return parsed


@pytest.mark.parametrize(
    ("text", "verb", "prompt"),
    [
        ("ask why?", "ask", "why?"),
        ("ASK why?", "ask", "why?"),
        ("  ask:  why? ", "ask", "why?"),
        ("!ask why?", "ask", "why?"),
        ("digest", "digest", ""),
        ("问 退款需要多久？", "ask", "退款需要多久？"),
        ("提问：退款需要多久？", "ask", "退款需要多久？"),
        ("问: 退款", "ask", "退款"),
        ("画：一只猫", "imagine", "一只猫"),
        ("draw a cat", "imagine", "a cat"),
        ("How long do refunds take?", "ask", "How long do refunds take?"),
        ("Note: ask me later", "ask", "Note: ask me later"),
        ("https://a.example/x is what?", "ask", "https://a.example/x is what?"),
        ("\U0001f600 means what", "ask", "\U0001f600 means what"),
        ("ask مرحبا بالعالم", "ask", "مرحبا بالعالم"),
        ("asking for a friend", "ask", "asking for a friend"),
    ],
)
def test_what_is_asked_is_found(text: str, verb: str, prompt: str) -> None:
    assert asked(text) == Parsed(verb, prompt)


@pytest.mark.parametrize(
    "flag",
    [
        "--size 64x64",
        "--size=64x64",
        "--size = 64x64",
        "--size＝64x64",
        '--size "64x64"',
        "--size “64x64”",
        "—size 64x64",
        "––size 64x64",
        "－－size＝64x64",
        "--SIZE 64x64",
    ],
)
@pytest.mark.parametrize("text", ["a cat {}", "{} a cat", "a {} cat"])
def test_a_flag_is_found_however_and_wherever_it_is_typed(text: str, flag: str) -> None:
    parsed = asked(text.format(flag), verb="imagine")
    assert parsed.flags == {"size": "64x64"}
    assert parsed.prompt.split() == ["a", "cat"]


def test_a_quoted_value_may_hold_spaces_and_dashes() -> None:
    assert asked('你好 --to "Traditional --Chinese"', verb="translate") == Parsed(
        "translate", "你好", {"to": "Traditional --Chinese"}
    )


def test_of_a_flag_given_twice_the_last_counts() -> None:
    assert asked("a cat --seed 1 --seed 2", verb="imagine").flags == {"seed": "2"}


@pytest.mark.parametrize(
    "code",
    [
        "`--size 9`",
        "```\n--size 9\n```",
        "```\ngit log --size 9",
        "`a --unknown b`",
        "```--unknown``` and `--other`",
    ],
)
def test_nothing_in_code_is_a_flag(code: str) -> None:
    parsed = asked(f"draw {code} --seed 7") if code.count("```") != 1 else asked(f"draw {code}")
    assert code.strip() in parsed.prompt
    assert "size" not in parsed.flags


def test_a_flag_after_code_is_one() -> None:
    assert asked("`a --x` --seed 7 `--y`", verb="imagine") == Parsed(
        "imagine", "`a --x`  `--y`", {"seed": "7"}
    )


@pytest.mark.parametrize("dash", ["a--size", "x-size", "- size", "-- size", "-size 3", "a — size"])
def test_a_dash_that_begins_no_word_is_text(dash: str) -> None:
    assert asked(f"draw {dash}") == Parsed("imagine", dash)


@pytest.mark.parametrize(
    ("text", "misunderstood"),
    [
        ("a cat --setps 3", Misunderstood("flag", "setps", "steps", "imagine")),
        ("a cat --colour red", Misunderstood("flag", "colour", "", "imagine")),
        ("a cat —Sizes 3", Misunderstood("flag", "Sizes", "size", "imagine")),
        ("a cat --seed", Misunderstood("value", "seed", "", "imagine")),
        ("a cat --seed --size 3", Misunderstood("value", "seed", "", "imagine")),
        ("a cat --seed=", Misunderstood("value", "seed", "", "imagine")),
        ("--seed 3", Misunderstood("empty", "", "", "imagine")),
        ("", Misunderstood("empty", "", "", "imagine")),
    ],
)
def test_a_flag_that_cannot_be_meant_is_told(text: str, misunderstood: Misunderstood) -> None:
    assert unclear(text, verb="imagine") == misunderstood


@pytest.mark.parametrize(
    ("text", "strict", "said", "meant"),
    [
        ("translat", False, "translat", "translate"),
        ("transalte: 你好", False, "transalte", "translate"),
        ("sumarise", False, "sumarise", "summarise"),
        ("summarize", False, "summarize", "summarise"),
        ("transalte this text", True, "transalte", "translate"),
        ("gibberish", True, "gibberish", ""),
    ],
)
def test_a_word_that_nearly_is_a_verb_is_told(
    text: str, strict: bool, said: str, meant: str
) -> None:
    assert unclear(text, strict=strict) == Misunderstood("verb", said, meant)


def test_after_a_mention_a_first_word_that_nearly_is_a_verb_is_a_question() -> None:
    assert asked("transalte this text") == Parsed("ask", "transalte this text")


@pytest.mark.parametrize("text", ["", "  \n ", ":", "："])
def test_nothing_said_leads_to_help(text: str) -> None:
    assert unclear(text, strict=True) == Misunderstood("empty", "", verb="help")


def test_a_verb_that_needs_a_text_says_so() -> None:
    assert unclear("ask") == Misunderstood("empty", "", verb="ask")
    assert asked("digest") == Parsed("digest", "")


def test_a_command_of_its_own_takes_everything_as_its_prompt() -> None:
    assert asked("digest this for me", verb="ask") == Parsed("ask", "digest this for me")


def test_names_are_found_in_either_script() -> None:
    assert [named(word, VERBS) for word in ("ask", "Ask", "问", "画", "nice", "")] == [
        "ask",
        "ask",
        "ask",
        "imagine",
        "",
        "",
    ]


def test_nothing_is_near_to_nothing() -> None:
    assert nearest("", ["size"]) == ""
    assert nearest("size", []) == ""


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters='-–—－`"“”'), min_size=1
)
PROMPTS = (
    st.lists(WORDS, min_size=1, max_size=5)
    .map(" ".join)
    .filter(lambda text: text[0] not in ":：")  # a colon after the verb belongs to the verb
)
VALUES = st.one_of(
    WORDS,
    st.lists(WORDS, min_size=1, max_size=3).map(" ".join).map(lambda text: f'"{text}"'),
    st.lists(WORDS, min_size=1, max_size=3).map(" ".join).map(lambda text: f"“{text}”"),
)
FLAGS = st.dictionaries(st.sampled_from(["size", "seed", "steps"]), VALUES)
DASHES = st.sampled_from(["--", "—", "––", "－－"])
EQUALS = st.sampled_from([" ", "=", "＝", " = "])
COLONS = st.sampled_from([" ", ": ", "：", "： "])


@given(prompt=PROMPTS, flags=FLAGS, dash=DASHES, equal=EQUALS, colon=COLONS)
def test_what_is_typed_is_what_is_asked(
    prompt: str, flags: Mapping[str, str], dash: str, equal: str, colon: str
) -> None:
    said = " ".join(f"{dash}{name}{equal}{value}" for name, value in flags.items())
    parsed = asked(f"!画{colon}{prompt} {said}")
    assert parsed.verb == "imagine"
    assert parsed.prompt == prompt
    assert parsed.flags == {name: value.strip('"“”') for name, value in flags.items()}


@given(
    text=st.one_of(
        st.text(),
        st.text(alphabet='!ask画:：-—–－`"“” \nsize=＝7', max_size=60),
    ),
    verb=st.sampled_from(["", "ask", "imagine"]),
    strict=st.booleans(),
)
def test_no_text_breaks_it(text: str, verb: str, strict: bool) -> None:
    parsed = parse(text, VERBS, verb=verb, strict=strict)
    match parsed:
        case Parsed():
            assert parsed.prompt or VERBS[parsed.verb].empty
            assert set(parsed.flags) <= set(VERBS[parsed.verb].flags)
        case Misunderstood():
            assert parsed.verb in {"", *VERBS}


def test_a_dash_of_prose_is_no_flag() -> None:
    assert parse("ask late —sorry — why?", VERBS) == Parsed("ask", "late —sorry — why?")


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("digest", "digest"),
        ("digest --hours 2", "digest"),
        ("digest every weekday at 9:00", "schedule"),
        ("摘要 每个工作日9点", "schedule"),
    ],
)
def test_a_verb_with_words_may_be_another_one(text: str, verb: str) -> None:
    digest = VERBS["digest"].model_copy(update={"worded": "schedule"})
    verbs = {**VERBS, "digest": digest, "schedule": VERBS["summarise"]}
    parsed = parse(text, verbs)
    assert isinstance(parsed, Parsed)
    assert parsed.verb == verb
    unknown = {**VERBS, "digest": digest}
    assert parse("digest every day", unknown) == Parsed("digest", "every day")


@pytest.mark.parametrize(
    ("text", "flags", "prompt"),
    [
        ("restore --denoise --deblur", {"denoise": "on", "deblur": "on"}, ""),
        ("restore --deblur 去模糊 \U0001f600", {"deblur": "on"}, "去模糊 \U0001f600"),
        ("restore this —denoise please", {"denoise": "on"}, "this  please"),
    ],
)
def test_a_switch_stands_alone_and_takes_no_word(
    text: str, flags: Mapping[str, str], prompt: str
) -> None:
    names = ("denoise", "deblur")
    verbs = {**VERBS, "restore": verb(flags=names, switches=names, empty=True)}
    assert parse(text, verbs) == Parsed("restore", prompt, flags)
