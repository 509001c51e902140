"""`Classifier` and the gate against a server over real HTTP that misbehaves as a test tells it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typing_extensions import override

from generators.draft import Call, Image, Text
from generators.metering import metered, noted
from moderation.advice import Sight
from moderation.checks import standard
from moderation.checks.classifier import Classifier
from moderation.gate import Gate
from moderation.policy import Action, Direction, Policy
from moderation.served import Served
from moderation.tables import Scope
from tests.fake_engine import FakeEngine, closed_url, running
from tests.moderation.checks.test_image import png

pytestmark = pytest.mark.sockets

LABELS = {"nsfw": "harm.sexual", "porn": "harm.sexual", "gore": "harm.violence", "normal": "safe"}
CHANNEL, PRIVATE = Scope(channel="C1"), Scope(channel="D1", private=True)
PICTURE = Image(png(), "a cat 🐈 猫")


def scored(**scores: object) -> dict[str, list[dict[str, object]]]:
    given = {"nsfw": 0.0, "porn": 0.0, "gore": 0.0, "normal": 1.0, **scores}
    return {"labels": [{"label": name, "score": score} for name, score in given.items()]}


@dataclass(kw_only=True)
class FakeClassifier(FakeEngine):
    """Says what it is told to, word for word where that is a string."""

    says: Any = field(default_factory=scored)
    status: int = 200
    hangs: bool = False

    @override
    def app(self) -> Starlette:
        route = Route("/v1/images/classifications", self._look, methods=["POST"])
        return Starlette(routes=[route])

    async def _look(self, request: Request) -> Response:
        await self._note(request)
        if self.hangs:
            await asyncio.sleep(3600)
        if isinstance(self.says, str):
            return Response(self.says, self.status, media_type="application/json")
        return JSONResponse(self.says, self.status)


@pytest.fixture
async def server() -> AsyncIterator[FakeClassifier]:
    fake = FakeClassifier()
    async with running(fake):
        yield fake


@pytest.fixture
async def classifier(server: FakeClassifier) -> AsyncIterator[Classifier]:
    made = Classifier(Served(server.url, "eye", "key", timeout_s=20, noted=noted), LABELS)
    yield made
    await made.close()


def gate(classifier: Classifier, *, timeout_s: float = 20, **rules: object) -> Gate:
    policy = Policy.model_validate(rules)
    return Gate(standard(policy), policy, sight=Sight(classifier, timeout_s))


@pytest.mark.parametrize(
    ("scores", "action", "categories"),
    [
        ({}, Action.ALLOW, ()),
        ({"nsfw": 0.49}, Action.ALLOW, ()),
        ({"nsfw": 0.5}, Action.HOLD, ("harm.sexual",)),
        ({"nsfw": 0.3, "porn": 0.3}, Action.HOLD, ("harm.sexual",)),
        ({"gore": 0.97}, Action.HOLD, ("harm.violence",)),
        ({"nsfw": 0.9, "porn": 0.9}, Action.HOLD, ("harm.sexual",)),
        ({"never heard of": 0.01}, Action.HOLD, ("image.never_heard_of",)),
        ({"血腥": 0.0}, Action.HOLD, ("image.other",)),
    ],
)
async def test_scores_are_judged_by_the_policy(
    server: FakeClassifier,
    classifier: Classifier,
    scores: dict[str, float],
    action: Action,
    categories: tuple[str, ...],
) -> None:
    server.says = scored(**scores)
    judging = gate(classifier)
    for scope in (CHANNEL, PRIVATE):
        seen = await judging.judge(PICTURE, Direction.OUTPUT, scope)
        assert (seen.action, seen.categories) == (action, categories)
        assert seen.content is PICTURE


async def test_pictures_may_have_thresholds_of_their_own(
    server: FakeClassifier, classifier: Classifier
) -> None:
    server.says = scored(nsfw=0.3, gore=0.3)
    rules = {"harm.sexual": {"hold": 0.1, "block": 0.2}, "harm.violence": "allow"}
    judging = gate(classifier, kind={"image": {"output": rules}})
    seen = await judging.judge(PICTURE, Direction.OUTPUT, CHANNEL)
    assert (seen.action, seen.categories) == (Action.BLOCK, ("harm.sexual",))
    assert seen.scores["harm.violence"] == 0.3


async def test_a_setting_for_pictures_without_a_classifier_is_for_those(
    classifier: Classifier,
) -> None:
    seen = await gate(classifier, images_without_classifier="block").judge(
        PICTURE, Direction.OUTPUT, CHANNEL
    )
    assert seen.action is Action.ALLOW


NONSENSE: dict[str, Any] = {
    "a label is missing": {"labels": [{"label": "normal", "score": 1.0}]},
    "a label is there twice": {"labels": [*scored()["labels"], {"label": "nsfw", "score": 0.0}]},
    "no labels": {"labels": []},
    "labels are none": {"labels": None},
    "a list": [],
    "a word": '"normal"',
    "nothing": "",
    "no JSON": "<html>sorry</html>",
    "NaN": json.dumps(scored(nsfw=float("nan"))),
    "infinite": json.dumps(scored(nsfw=float("-inf"))),
    "above 1": scored(nsfw=1.5),
    "below 0": scored(nsfw=-0.1),
    "a score in words": scored(nsfw="0.1"),
    "a score that is true": scored(nsfw=True),
    "no score": scored(nsfw=None),
    "a label that is no word": {"labels": [{"label": 7, "score": 0.1}]},
}


@pytest.mark.parametrize("says", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("scope", [CHANNEL, PRIVATE])
async def test_what_is_no_answer_of_a_classifier_holds(
    server: FakeClassifier, classifier: Classifier, scope: Scope, says: object
) -> None:
    server.says = says
    judging = gate(classifier)
    seen = await judging.judge(PICTURE, Direction.OUTPUT, scope)
    assert seen.action is Action.HOLD
    assert "gate.failure" in seen.categories
    server.says = scored()
    again = await judging.judge(PICTURE, Direction.OUTPUT, scope)
    assert again.action is Action.ALLOW  # a failure is not remembered


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
async def test_a_server_that_refuses_holds_and_costs_nothing(
    server: FakeClassifier, classifier: Classifier, status: int
) -> None:
    server.status = status
    with metered() as calls:
        seen = await gate(classifier).judge(PICTURE, Direction.OUTPUT, PRIVATE)
    assert (seen.action, calls) == (Action.HOLD, [])


async def test_one_that_hangs_holds_and_what_it_took_is_noted(
    server: FakeClassifier, classifier: Classifier
) -> None:
    server.hangs = True
    with metered() as calls:
        seen = await gate(classifier, timeout_s=0.3).judge(PICTURE, Direction.OUTPUT, PRIVATE)
    assert (seen.action, "gate.timeout" in seen.categories) == (Action.HOLD, True)
    assert [(call.stage, call.outcome) for call in calls] == [("classify", "aborted")]


async def test_one_that_is_not_there_holds() -> None:
    classifier = Classifier(Served(closed_url(), "eye", "key", timeout_s=20), LABELS)
    seen = await gate(classifier).judge(PICTURE, Direction.OUTPUT, PRIVATE)
    await classifier.close()
    assert seen.action is Action.HOLD


async def test_it_is_asked_once_about_a_picture_and_each_call_is_noted(
    server: FakeClassifier, classifier: Classifier
) -> None:
    server.says = {**scored(), "usage": {"images": 1, "gpu_ms": 12}}
    judging = gate(classifier)
    with metered() as calls:
        for _ in range(3):
            await judging.judge(PICTURE, Direction.OUTPUT, CHANNEL)
        await judging.judge(Image(png(), "other words of it"), Direction.OUTPUT, CHANNEL)
        await judging.judge(Image(png(width=9), "another"), Direction.OUTPUT, CHANNEL)
    assert calls == [Call(stage="classify", model="eye", gpu_ms=12)] * 2
    assert len(server.asked) == 2
    assert server.asked[0][1]["labels"] == list(LABELS)


async def test_words_and_broken_pictures_are_not_shown_to_it(
    server: FakeClassifier, classifier: Classifier
) -> None:
    judging = gate(classifier)
    await judging.judge(Text("a picture of a cat"), Direction.OUTPUT, CHANNEL)
    for broken in (b"", png()[:40], b"\x89PNG\r\n\x1a\n" + bytes(20_000_001)):
        seen = await judging.judge(Image(broken, "x"), Direction.OUTPUT, CHANNEL)
        assert seen.action is Action.HOLD
    assert server.asked == []


async def test_the_words_of_a_picture_are_judged_beside_what_it_shows(
    classifier: Classifier,
) -> None:
    said = Image(png(), "mail ana@firm.test")
    seen = await gate(classifier).judge(said, Direction.OUTPUT, CHANNEL)
    assert (seen.action, seen.categories) == (Action.REDACT, ("pii.email",))
    assert isinstance(seen.content, Image)
    assert seen.content.alt == "mail [email]"
