import re
from pathlib import Path

import pytest

from bot.digests import mood
from bot.digests.alerting import Alert, topics
from bot.digests.mood import Mood
from generators.draft import Line, PromptRejected
from generators.model import Model
from generators.tools import Tools
from moderation.heads import pinned
from moderation.heads.weights import WeightsError
from tests.asking import body, request
from tests.fake_engine import closed_url
from tests.fake_knowledge import Shelf


@pytest.fixture(scope="module")
def head() -> Mood:
    return mood.load()


def wide(text: str) -> str:
    """Return a text in letters of full width."""
    return "".join(chr(ord(one) + 0xFEE0) if one != " " else "\u3000" for one in text)


@pytest.mark.parametrize(
    ("bad", "other"),
    [
        ("The refund is terrible and nobody answers", "The refund works again, thank you"),
        ("I hate this awful update 😡", "I love this great update 🎉"),
        ("快递太慢了，很失望", "快递很快，非常满意"),
        (wide("THIS IS AWFUL and useless"), wide("see you at 10")),
    ],
)
def test_what_reads_negative_scores_above_what_does_not(head: Mood, bad: str, other: str) -> None:
    assert head.score(bad) > 0 > head.score(other)


@pytest.mark.parametrize("text", ["", " ", "🙂", "שלום", "a" * 50_000, "\u202e\0"])
def test_whatever_is_said_has_a_score(head: Mood, text: str) -> None:
    assert abs(head.score(text)) < 1_000


def test_the_head_belongs_to_the_vectors_that_it_was_trained_with() -> None:
    assert mood.HEADS == pinned.SHA256


def test_weights_that_are_not_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        mood.load(folder=tmp_path)


LINES = tuple(
    Line(who, text, f"{n}.5", f"https://w.example/p{n}")
    for n, (who, text) in enumerate(
        (
            ("ana", "The refund is terrible, again"),
            ("bo", "see you at 10"),
            ("*chen*", "Refunds are a complete mess <https://evil.example|x> <!channel>"),
            ("dee", "I am so angry about the refund, this is unacceptable"),
            ("eli", "awful, the parcel never arrived and nobody answers"),
        )
    )
)


async def test_an_alert_shows_the_worst_messages_linked_and_what_they_share() -> None:
    model = Model(closed_url())
    alerting = Alert(Tools(model, Shelf()))
    flags = {"turn": "8/20/0.152", "since": "0", "until": "9"}
    said = await body(alerting, request("", flags=flags, context=LINES))
    assert "8 of the last 20 messages read negative; usual here are 15 in 100" in said
    bullets = re.findall(r"^- (.*)$", said, re.MULTILINE)
    assert len(bullets) == 3
    assert all(re.search(r" \[source\]\(https://w\.example/p[0234]\)$", one) for one in bullets)
    assert "refund" in said.split("What they share: ")[1].split(".")[0]
    assert "evil.example" not in said
    assert "<!channel>" not in said
    with pytest.raises(PromptRejected, match="/digest watch"):
        await body(alerting, request("watch", context=LINES))
    await model.close()


def test_topics_are_words_that_several_messages_hold() -> None:
    assert topics(["退款太慢", "退款没到", "天气不错"]) == ["退款"]
    assert topics(["one thing", "another matter"]) == []


def test_chinese_topics_are_whole_phrases() -> None:
    said = ["退款太慢，服务一塌糊涂😡", "退款太慢，服务一塌糊涂😡", "退款太慢啊"]
    assert topics(said) == ["退款太慢", "服务一塌糊涂"]
    assert topics([*said, "退款在哪"]) == ["退款", "服务一塌糊涂"]
    assert topics(["包裹 parcel 没到", "parcel 的包裹没到"]) == ["包裹", "parcel"]
