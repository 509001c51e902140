"""What a phrase asks for besides its times, in English and Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.kinds import Wanted, wanted
from bot.digests.phrases import Refused, read
from bot.digests.words import Unknown

TIMES = ("every weekday at 9:00", "每周一9点", "0 9 * * 1-5", "every day except Sunday at 9")
WHATS = {
    "usage": Wanted(when="", kind="usage"),
    "usage report": Wanted(when="", kind="usage"),
    "用量报告": Wanted(when="", kind="usage"),
    "usage of everybody for me": Wanted(when="", kind="usage", everybody=True, direct=True),
    "reviews": Wanted(when="", kind="reviews"),
    "the review backlog": Wanted(when="", kind="reviews"),
    "待审核": Wanted(when="", kind="reviews"),
    "审核队列 私信我": Wanted(when="", kind="reviews", direct=True),
    "for me": Wanted(when="", direct=True),
    "my digest": Wanted(when="", direct=True, named=True),
    "个人摘要": Wanted(when="", direct=True, named=True),
    "给我发": Wanted(when="", direct=True),
    "#dev": Wanted(when="", channels=("dev",)),
    "#dev, #ops and #研发": Wanted(when="", channels=("dev", "ops", "研发")),
    "a digest of #dev & #ops by dm": Wanted(
        when="", channels=("dev", "ops"), direct=True, named=True
    ),
    "digest": Wanted(when="", named=True),
    "<#C1|general>和<#C2|>": Wanted(when="", channels=("C1", "C2")),
    "汇总 \uff03研发、#ops": Wanted(when="", channels=("研发", "ops")),
    "skip public holidays": Wanted(when="", holidays=True),
    "法定节假日除外": Wanted(when="", holidays=True),
}


@pytest.mark.parametrize("when", TIMES)
@pytest.mark.parametrize("what", WHATS)
def test_what_is_said_is_taken_and_the_times_are_left(what: str, when: str) -> None:
    expected = {name: getattr(WHATS[what], name) for name in Wanted.__slots__ if name != "when"}
    for phrase in (f"{what} {when}", f"{when} {what}", f"{when}, {what}", f"{what}：{when}"):
        found = wanted(phrase)
        assert {name: getattr(found, name) for name in expected} == expected, phrase
        assert found.when == when, phrase


@pytest.mark.parametrize("when", [*TIMES, "", "list the roadmap 🙂", "كل يوم"])
def test_a_phrase_that_only_says_when_stays_as_it_is(when: str) -> None:
    assert wanted(f" {when} ") == Wanted(when=when)


@pytest.mark.parametrize(
    "phrase",
    [
        "usage and reviews every day at 9",
        "usage every Monday, usage at 9:00",
        "#dev every day, #ops at 9",
        "#dev in #ops every day at 9",
        "#dev usage every day at 9",
        "reviews of everybody every day at 9",
        "for me every day at 9 by dm",
        "用量 待审核 每天9点",
        " ".join(f"#c{n}" for n in range(11)) + " every day at 9",
    ],
)
def test_what_is_said_twice_or_does_not_go_together_is_refused(phrase: str) -> None:
    with pytest.raises(Unknown):
        wanted(phrase)


@pytest.mark.parametrize(
    "phrase",
    [
        "post in #dev every day at 9",
        "usage for bo every day at 9",
        "post reviews every day at 9",
        "my birthday every March 3rd at 9",
        "feed every day at 9",
        "汇总 每天9点",
        "everyday reviewers at 9",
        "#dev每天9点",
    ],
)
def test_no_word_is_dropped(phrase: str) -> None:
    assert isinstance(read(wanted(phrase).when, "UTC"), Refused)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_understood_or_refused(text: str) -> None:
    try:
        found = wanted(text)
    except Unknown:
        return
    assert len(found.when) <= len(text) + 2


@given(st.sampled_from(sorted(WHATS)), st.text(alphabet="bxjkßЖ语🙂", min_size=1, max_size=8))
def test_a_word_that_nobody_knows_is_never_lost(what: str, word: str) -> None:
    try:
        found = wanted(f"{what} {word} every day at 9")
    except Unknown:
        return
    assert isinstance(read(found.when, "UTC"), Refused), found
