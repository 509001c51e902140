"""`Gate.stream`: what is shown while an answer grows, whatever it says and however it is cut."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.draft import Code, Destination, Draft, Text, UserId, words
from moderation.checks import standard
from moderation.finding import Finding
from moderation.gate import Blocked, Cleared, Gate, Held, Verdict
from moderation.policy import Action, Direction, Policy
from tests.moderation.drafting import HERE, Told, draft, finds, growing, reviewed, streamed
from tests.moderation.leaks import FILES, KEY, base64
from tests.moderation.planted import (
    PASSWORD,
    TOKENS,
    card,
    email,
    german_iban,
    jwt,
    mobile,
    pem,
    resident_id,
    seeded,
    wide,
)

pytestmark = pytest.mark.thorough

CHECKS = [check for check in standard() if check.name != "heads"]
"""What has a place in a text; how harmful the whole is takes longer to say."""
GATE = Gate(CHECKS, Policy())
STRICT = Gate(
    [*CHECKS, finds("darn it all", "bad"), finds("vile", "worst")],
    Policy(output={**Policy().output, "bad": Action.HOLD, "worst": Action.BLOCK}),
)
SHOWN = 8
"""So many characters of a secret in a row are a leak."""

noise = st.sampled_from(
    [
        "Hello ",
        "the answer is ",
        "今天，",
        "天气很好。",
        "\n",
        "\n\n",
        "😀 ",
        "مرحبا ",
        "1. ",
        "- ",
        "see [docs](https://x.test/a) ",
        "```\nx = 1\n```\n",
        "```python\n" + "for name in names:\n    print(name)\n" * 4 + "```\n",
        "```\n",
        "```",
        "a < b ",
        "（注） ",
        "word " * 30,
        "第三章讲的是如何在没有空格的长句子里继续写下去而不停顿",
        "e.g. 3.14 ",
        "\u200b",
        "[1] ",
    ]
)
clean = st.lists(noise, max_size=25).map("".join)
sizes = st.lists(st.integers(1, 40), min_size=1, max_size=10)


def planted(seed: int) -> list[tuple[str, str]]:
    """Return words that give a secret away, with the secret, one of each kind."""
    random = seeded(seed)
    tokens = [(make(random), "{} ") for make in TOKENS.values()]
    phrases = ["the password is {} ", "密码是{}。", "curl -u ana:{} x ", "db://ana:{}@host "]
    spoken = [(PASSWORD(random), phrase) for phrase in phrases]
    spaced = [" ".join(group) for group in (fours(card(random)), fours(german_iban(random)))]
    personal = [email(random), mobile(random), resident_id(random), *spaced]
    blocks = [pem(random), jwt(random), "\u200b".join(jwt(random)), wide(PASSWORD(random))]
    return (
        tokens
        + spoken
        + [(value, phrase) for value in personal for phrase in ("联系{}，", "it is {} ", "{}\n")]
        + [(value, "see: {}\n") for value in blocks[:3]]
        + [(blocks[3], "密码：{} ")]
    )


def fours(value: str) -> list[str]:
    return [value[at : at + 4] for at in range(0, len(value), 4)]


Part = str | tuple[str, str]

secrets = st.integers(0, 1000).flatmap(lambda seed: st.sampled_from(planted(seed)))
answers = st.lists(st.one_of(clean, secrets), max_size=6)


def written(parts: list[Part]) -> str:
    return "".join(p if isinstance(p, str) else p[1].format(p[0]) for p in parts)


def content(verdict: Verdict) -> str:
    return words(verdict.assessment.content)


def leaks(secret: str, shown: str) -> bool:
    return any(secret[at : at + SHOWN] in shown for at in range(len(secret) - SHOWN + 1))


@pytest.mark.parametrize("kind", range(len(planted(0))))
def test_no_kind_of_secret_is_shown_while_it_comes(kind: int) -> None:
    secret, phrase = planted(kind)[kind]
    for before, size in ((0, 1), (7, 3), (20, 5), (30, 17)):
        text = "word " * before + phrase.format(secret) + "and more words " * 10
        verdicts = streamed(GATE, text, [size])
        assert len(verdicts) > 1
        assert not [verdict for verdict in verdicts if leaks(secret, content(verdict))]
        assert all(content(verdicts[-1]).startswith(content(verdict)) for verdict in verdicts)


@given(answers, sizes)
def test_no_part_of_a_secret_is_ever_shown(parts: list[Part], pieces: list[int]) -> None:
    text = written(parts)
    hidden = [part[0] for part in parts if not isinstance(part, str)]
    verdicts = streamed(GATE, text, pieces)
    for verdict in verdicts:
        assert isinstance(verdict, Cleared)
        assert not any(leaks(secret, content(verdict)) for secret in hidden)
        alone = GATE.assess(verdict.assessment.content, Direction.OUTPUT)
        assert alone.action is Action.ALLOW
    assert content(verdicts[-1]) == content(reviewed(GATE, text))


@given(answers, sizes)
def test_what_was_shown_stays_at_the_front_of_what_is_shown(
    parts: list[Part], pieces: list[int]
) -> None:
    shown = [content(verdict) for verdict in streamed(GATE, written(parts), pieces)]
    assert all(shown[-1].startswith(earlier) for earlier in shown)


@given(st.text(), sizes)
def test_any_text_ends_as_if_it_had_come_at_once(text: str, pieces: list[int]) -> None:
    verdicts, whole = streamed(GATE, text, pieces), reviewed(GATE, text)
    assert type(verdicts[-1]) is type(whole)
    assert verdicts[-1].assessment.content == whole.assessment.content
    assert all(isinstance(verdict, Cleared) for verdict in verdicts[:-1])


WORDS = st.sampled_from(["darn it all ", "vile ", "darn it", " all", "vi", "le "])


@given(
    st.lists(st.one_of(noise, WORDS, st.sampled_from(planted(3)).map(lambda p: p[1].format(p[0])))),
    sizes,
)
def test_the_end_is_the_same_whatever_is_found_and_however_it_came(
    parts: list[str], pieces: list[int]
) -> None:
    text = "".join(parts)
    last, whole = streamed(STRICT, text, pieces)[-1], reviewed(STRICT, text)
    assert type(last) is type(whole)
    assert last.assessment == whole.assessment


FORMS = (
    "{}",
    "Here it is, as you asked:\n{}\n\nThat is all there is to say. Ask me for more of it.\n",
    "```\n{}\n```\nand a few words more after the end of the block, so that it is not the end\n",
)
MANIFEST = "data:\n" + "".join(f"  a{n}: b\n" for n in range(30)) + "  key: {}\nkind: Secret\n"


@pytest.mark.parametrize("name", [*FILES, "a long manifest"])
def test_no_secret_in_a_file_is_seen_that_is_not_seen_in_the_end(name: str) -> None:
    template, make = FILES.get(name, (MANIFEST.replace("{}", "@"), base64(KEY)))
    secret = make(seeded(name))
    for form, size in zip(FORMS, (3, 17, 40), strict=True):
        text = form.format(template.replace("@", secret)) + "and then some words " * 8
        end = content(reviewed(GATE, text))
        for verdict in streamed(GATE, text, [size]):
            assert not seen_early(secret, content(verdict), end)


def seen_early(secret: str, shown: str, end: str) -> bool:
    parts = (secret[at : at + SHOWN] for at in range(len(secret) - SHOWN + 1))
    return any(part in shown and part not in end for part in parts)


def test_what_is_a_secret_for_the_words_after_it_is_not_shown_before_them() -> None:
    def told(text: str) -> list[Finding]:
        at, key = text.find("sesame"), text.find("opens the door")
        hidden = Finding(category="hide", detector="t", start=at, end=at + 6)
        return [hidden] if 0 <= at < key else []

    gate = Gate([Told(told)], Policy(output={"hide": Action.REDACT}))
    text = "they say sesame " + "and other words " * 20 + "opens the door " + "for all " * 40
    shown = [content(verdict) for verdict in streamed(gate, text, [5])]
    assert "sesame" in shown[0]  # nobody could know by then
    text = "they say sesame opens the door " + "for all " * 40
    verdicts = streamed(gate, text, [5])
    assert len(verdicts) > 10
    assert not [verdict for verdict in verdicts if "sesame" in content(verdict)]


@pytest.mark.parametrize(
    ("to", "grows"),
    [
        (Destination(channel="C1"), False),
        (Destination(channel="C1", thread_ts="1.0"), True),
        (Destination(channel="C1", only_for=UserId("U1")), True),
        (Destination(channel="D1"), True),
    ],
)
async def test_an_answer_grows_in_threads_and_direct_messages_and_comes_whole_in_channels(
    to: Destination, *, grows: bool
) -> None:
    async def drafts() -> AsyncIterator[Draft]:
        async for one in growing("One more sentence. " * 50, [10]):
            yield replace(one, request=replace(one.request, reply_to=to))

    verdicts = [verdict async for verdict in GATE.stream(drafts())]
    assert (len(verdicts) > 1) is grows
    assert isinstance(verdicts[-1], Cleared)
    assert GATE.open(verdicts[-1], to) == Text("One more sentence. " * 50)


@given(clean, sizes)
def test_a_clean_answer_is_released_whole(text: str, pieces: list[int]) -> None:
    *partial, last = streamed(GATE, text, pieces)
    assert isinstance(last, Cleared)
    assert last.whole
    assert GATE.open(last, HERE) == Text(text)
    for verdict in partial:
        assert isinstance(verdict, Cleared)
        assert not verdict.whole
        assert text.startswith(words(GATE.open(verdict, HERE)))


@given(clean, st.sampled_from(["darn it all ", "vile "]), clean, sizes)
def test_what_is_held_or_blocked_ends_the_stream_and_is_never_shown(
    before: str, word: str, after: str, pieces: list[int]
) -> None:
    *shown, last = streamed(STRICT, before + word + after, pieces)
    assert isinstance(last, Held if word.startswith("darn") else Blocked)
    for verdict in shown:
        assert isinstance(verdict, Cleared)
        assert word[:4] not in content(verdict)


def test_a_long_answer_is_shown_while_it_grows() -> None:
    text = "One more sentence. " * 100
    verdicts = streamed(GATE, text, [4])
    lengths = [len(content(verdict)) for verdict in verdicts]
    assert lengths == sorted(lengths)
    assert lengths[0] < 100
    assert len(lengths) > 40


@pytest.mark.parametrize("size", [1, 7, 40])
def test_a_code_block_is_shown_while_it_grows(size: int) -> None:
    code = "for name in names:\n    print(name)  # 打印\n" * 30
    text = f"Here it is:\n\n```python\n{code}```\n\nThat is all. "
    shown = [content(verdict) for verdict in streamed(GATE, text, [size])]
    within = [part for part in shown if part.count("```") % 2]
    assert len(within) > 20
    assert all("```python\n" in part for part in within)
    assert shown[-1] == text


def test_the_work_on_an_answer_grows_with_its_length_and_not_with_its_square() -> None:
    def judged(length: int) -> int:
        seen: list[int] = []

        def count(text: str) -> tuple[()]:
            seen.append(len(text))
            return ()

        streamed(Gate([Told(count)], Policy()), "word " * (length // 5), [5])
        return sum(seen)

    assert judged(10_000) < 3.5 * judged(5_000)
    assert judged(10_000) < 160 * 10_000


async def test_code_and_pictures_come_whole() -> None:
    async def drafts() -> AsyncIterator[Draft]:
        for end in range(10):
            yield draft(Code("print(1)\n" * 20 * end, "python"))

    verdicts = [verdict async for verdict in GATE.stream(drafts())]
    assert len(verdicts) == 1
    assert content(verdicts[0]) == "print(1)\n" * 180


async def test_no_drafts_no_verdicts() -> None:
    async def drafts() -> AsyncIterator[Draft]:
        return
        yield draft("")

    assert [verdict async for verdict in GATE.stream(drafts())] == []


@pytest.mark.parametrize("text", ["vile " * 100, "fine " * 100])
async def test_the_drafts_are_closed_when_the_stream_ends_early(text: str) -> None:
    closed = asyncio.Event()

    async def drafts() -> AsyncIterator[Draft]:
        try:
            async for one in growing(text, [5]):
                yield one
        finally:
            closed.set()

    stream = STRICT.stream(drafts())
    await anext(stream)
    closing: object = getattr(stream, "aclose", None)
    assert callable(closing)
    await closing()
    assert closed.is_set()
