"""Words with a picture beside them: each is judged alone, and the words count for both."""

from generators.draft import Drawn, Illustrated, Image, fingerprint, reworded, words
from moderation.gate import Blocked, Cleared, Gate, Held, Verdict
from moderation.policy import Action, Policy
from tests.fake_engine import png
from tests.moderation.drafting import HERE, finds, reviewed

POLICY = Policy(
    output={"bad": Action.HOLD, "worst": Action.BLOCK, "hide": Action.REDACT, "fine": Action.ALLOW}
)
GATE = Gate([finds("darn", "bad"), finds("vile", "worst"), finds("name", "hide", "[x]")], POLICY)


def both(body: str, alt: str) -> Illustrated:
    return Illustrated(body, Image(png("a", 1, "64x64"), alt, 1, Drawn(prompt=alt, model="m")))


def shown(verdict: Verdict) -> Illustrated:
    assert isinstance(verdict, Cleared)
    content = GATE.open(verdict, HERE)
    assert isinstance(content, Illustrated)
    return content


def test_both_are_shown_when_both_pass() -> None:
    verdict = reviewed(GATE, both("Tea is back. 茶 🎉", "a cup"))
    assert shown(verdict) == both("Tea is back. 茶 🎉", "a cup")
    assert verdict.assessment.sha256 == fingerprint(both("Tea is back. 茶 🎉", "a cup"))


def test_a_refused_picture_leaves_the_words() -> None:
    verdict = reviewed(GATE, both("Tea is back.", "vile"))
    assert shown(verdict) == Illustrated("Tea is back.")
    assert verdict.assessment.categories == ("worst",)


def test_refused_words_take_the_picture_with_them() -> None:
    assert isinstance(reviewed(GATE, both("vile", "a cup")), Blocked)
    assert isinstance(reviewed(GATE, both("vile", "vile")), Blocked)


def test_what_is_held_of_either_holds_both() -> None:
    for content in (both("darn", "a cup"), both("Tea.", "darn")):
        verdict = reviewed(GATE, content)
        assert isinstance(verdict, Held)
        assert verdict.assessment.content == content
    refused = reviewed(GATE, both("darn", "vile"))
    assert isinstance(refused, Held)
    assert refused.assessment.content == Illustrated("darn")


def test_each_is_redacted_on_its_own() -> None:
    made = shown(reviewed(GATE, both("my name", "his name")))
    assert (made.body, made.picture and made.picture.alt) == ("my [x]", "his [x]")


def test_words_are_taken_apart_again() -> None:
    content = both("Tea\n\nis back.", "a cup")
    assert reworded(content, words(content)) == content
    assert reworded(Illustrated("Tea"), "Coffee") == Illustrated("Coffee")
    assert fingerprint(Illustrated("Tea")) != fingerprint(both("Tea", ""))
