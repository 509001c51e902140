"""The same product with models: tiny ones, built here, in the classes that load real ones."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.e2e.product import Json, Product, answer, commanded, final, reject, running, said
from workspace.client import Client

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def modelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    pytest.importorskip("torch", reason="tiny models are made with torch")
    tiny = pytest.importorskip("tests.tiny")
    folder = tmp_path_factory.mktemp("models")
    text = tiny.language_model(folder / "tiny-text", 4096)
    picture = tiny.picture_model(folder / "tiny-picture")
    models = {
        "ATELIER_ENGINE__TEXT_MODEL": str(text),
        "ATELIER_ENGINE__IMAGE_MODEL": str(picture),
        "ATELIER_ENGINE__EMBED_MODEL": "",
    }
    with running(tmp_path_factory.mktemp("modelled") / "data", **models) as started:
        asyncio.run(_loaded(started))
        yield started


@pytest.fixture
async def slack(modelled: Product) -> AsyncIterator[Client]:
    async with Client(modelled.url) as client:
        yield client


async def _loaded(product: Product) -> None:
    """Ask until both models answer: they load while the product is up already."""
    async with Client(product.url) as client:

        async def wrote() -> bool:
            return "models pull" not in said(await answer(client, "general", "@atelier rewrite hi"))

        async def drew() -> bool:
            told = await commanded(client, "/imagine", "x --size 64x64")
            return "image_model" not in said(told)

        await product.until(wrote, 90)
        await product.until(drew, 90)


async def test_a_language_model_answers_and_the_footer_names_it(slack: Client) -> None:
    words = said(await answer(slack, "random", "@atelier rewrite we was late, sorry"))
    assert "AI-generated · tiny-text · req_" in words


async def test_tokens_are_accounted(slack: Client, modelled: Product) -> None:
    await answer(slack, "random", "@atelier rewrite we was late, sorry")
    await modelled.settled()
    counted = modelled.rows(
        "SELECT prompt_tokens, output_tokens, gpu_ms FROM usage "
        "WHERE model = 'tiny-text' AND outcome = 'ok' ORDER BY id DESC LIMIT 1"
    )
    assert all(number > 0 for number in counted[0])


async def test_a_picture_waits_for_a_reviewer_and_is_shown_when_approved(
    slack: Client, modelled: Product
) -> None:
    waiting = await commanded(slack, "/imagine", "a red heart --seed 7 --size 64x64", user="chen")
    assert "reviewer" in said(waiting)
    request = re.findall(r"req_[0-9a-f]{8}", said(waiting))[0]
    card = await _card(slack, request, pictured=True)
    assert not _images(waiting)
    await _decide(slack, card, "chen", "review_approve")
    assert "req_" in said(await _card(slack, request)), "nobody may approve their own"
    await _decide(slack, card, "bo", "review_approve")
    shown = await slack.wait_for(
        lambda m: m["ts"] == waiting["ts"] and bool(_images(m)), channel="general", user="chen"
    )
    assert _images(shown)[0]["alt_text"] == "a red heart"
    assert "tiny-picture" in said(shown)
    await modelled.settled()
    verdicts = modelled.rows(
        "SELECT action, reviewer FROM verdict WHERE direction = 'output' "
        "AND 'req_' || substr(request_id, 1, 8) = ? ORDER BY id",
        request,
    )
    assert verdicts[0] == ("hold", None)
    assert ("allow", "U0BO") in verdicts


async def test_a_rejected_picture_is_never_shown(slack: Client) -> None:
    waiting = await commanded(slack, "/imagine", "a blue dog --size 64x64")
    request = re.findall(r"req_[0-9a-f]{8}", said(waiting))[0]
    await _decide(slack, await _card(slack, request), "bo", "review_reject")
    await reject(slack, "bo", "inappropriate")
    await slack.wait_for(
        lambda m: m["ts"] == waiting["ts"] and "decided not to show" in said(m), channel="general"
    )
    states = [entry["payload"] for entry in await slack.visible("ana")]
    assert not [s for s in states if s.get("ts") == waiting["ts"] and _images(s)]


async def test_the_ledger_agrees_after_all_that(slack: Client, modelled: Product) -> None:
    await answer(slack, "general", "@atelier translate 你好 --to English")
    await modelled.settled()
    audited = modelled.audit()
    assert audited.returncode == 0, audited.stderr


async def _card(slack: Client, request: str, *, pictured: bool = False) -> Json:
    """Return the reviewers' card; a picture is on it once the workspace has processed it."""
    return await slack.wait_for(
        lambda m: final(m) and request in said(m) and (bool(_images(m)) or not pictured),
        channel="reviewers",
        user="bo",
    )


async def _decide(slack: Client, card: Json, user: str, action: str) -> None:
    value = next(
        element["value"]
        for block in card["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == action
    )
    clicked = await slack.click(user, action, channel="reviewers", ts=card["ts"], value=value)
    assert clicked["acked"]


def _images(message: Json) -> list[Json]:
    return [block for block in message.get("blocks") or [] if block["type"] == "image"]
