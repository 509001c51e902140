"""What the type checker must refuse: each marked line, and no other. Never imported, never run."""

from uuid import uuid4

from bot.delivery.delivery import Delivery
from bot.delivery.posting import Place
from bot.views.notices import Notice
from generators.draft import Destination, Draft, Request, Text, UserId
from moderation.gate import Assessment, Blocked, Cleared, Gate, Held, Verdict
from moderation.policy import Action

HERE = Destination(channel="C1")


async def a_draft_is_not_shown(delivery: Delivery, place: Place, draft: Draft) -> None:
    await delivery.show(place, draft, "model")  # expect-error
    await delivery.show(place, draft.content, "model")  # expect-error


async def words_are_not_shown(delivery: Delivery, place: Place, error: Exception) -> None:
    await delivery.show(place, "hello", "model")  # expect-error
    await delivery.show(place, str(error), "model")  # expect-error
    await delivery.progress(place, "writing", n=3)  # expect-error
    await delivery.progress(place, Notice.QUEUED, n="two <!channel>")  # expect-error
    await delivery.whisper(HERE, "hello", "U1", "en")  # expect-error


async def what_waits_or_is_blocked_is_not_shown(
    delivery: Delivery, place: Place, held: Held, blocked: Blocked
) -> None:
    await delivery.show(place, held, "model")  # expect-error
    await delivery.show(place, blocked, "model")  # expect-error


async def a_verdict_is_not_shown_unlooked(
    delivery: Delivery, place: Place, verdict: Verdict, assessment: Assessment
) -> None:
    await delivery.show(place, verdict, "model")  # expect-error
    await delivery.show(place, assessment, "model")  # expect-error
    if isinstance(verdict, Cleared):
        await delivery.show(place, verdict, "model")


def nobody_clears_by_hand(draft: Draft, assessment: Assessment) -> list[Cleared]:
    return [
        Cleared(draft, assessment, True, "nonce", b"seal"),  # expect-error
        Cleared(draft, assessment, True, "nonce", b"seal", object()),  # expect-error
        Cleared(draft, assessment, True, "nonce", b"seal", token=None),  # expect-error
    ]


def nobody_clears_what_is_blocked(gate: Gate, blocked: Blocked, draft: Draft) -> None:
    gate.approve(blocked, UserId("U1"))  # expect-error
    gate.approve(draft, UserId("U1"))  # expect-error


def nobody_opens_what_is_not_cleared(gate: Gate, draft: Draft, held: Held) -> None:
    gate.open(draft, HERE)  # expect-error
    gate.open(held, HERE)  # expect-error


def nothing_changes_after_review(draft: Draft, cleared: Cleared, request: Request) -> None:
    draft.content = Text("other words")  # expect-error
    cleared.draft = draft  # expect-error
    cleared.assessment.action = Action.ALLOW  # expect-error
    request.prompt = "another prompt"  # expect-error


def a_request_has_an_id_and_a_user(user: UserId) -> None:
    Request(verb="ask", prompt="", user=user, reply_to=HERE)  # expect-error
    Request(id=uuid4(), verb="ask", prompt="", user="U1", reply_to=HERE)  # expect-error
    Request(id="req_1", verb="ask", prompt="", user=user, reply_to=HERE)  # expect-error
    Request(id=uuid4(), verb="ask", prompt="", user=user, reply_to="C1")  # expect-error


class Forged(Cleared):  # expect-error
    """A subclass could leave out the check of the seal."""
