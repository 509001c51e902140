"""Pictures that a classifier has seen, in the classes that load real ones, on the whole way."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.ledger.sketched import SKETCH
from tests.e2e.product import Product, commanded, final, form, running, said
from workspace.client import Client

SHOWN = {"image": {"output": {"harm.sexual": {"hold": 1.0}}}}
"""What a tiny model paints is noise, and its classifier guesses; below certainty it is shown."""

SETTINGS = """
[verbs.imagine.options]
previews = 0  # how many a slow machine shows, and lets the classifier see, is chance

[verbs.sketch]
use = "generators.image:Imagine"
help = "Draw, and show it half made"
example = "/sketch a fox"
flags = ["size", "steps"]
slash = true
"""


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    pytest.importorskip("torch", reason="tiny models are made with torch")
    tiny = pytest.importorskip("tests.tiny")
    folder = tmp_path_factory.mktemp("seeing")
    config = folder / "atelier.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    models = {
        "ATELIER_ENGINE__TEXT_MODEL": "",
        "ATELIER_ENGINE__IMAGE_MODEL": str(tiny.picture_model(folder / "painter")),
        "ATELIER_ENGINE__CLASSIFY_MODEL": str(tiny.picture_classifier(folder / "eye")),
        "ATELIER_ENGINE__EMBED_MODEL": "",
        "ATELIER_CLASSIFIER__TIMEOUT_S": "60",
        "ATELIER_POLICY__KIND": json.dumps(SHOWN),
        "ATELIER_CONFIG": str(config),
    }
    with running(folder / "data", **models) as started:
        yield started


@pytest.fixture
async def slack(seeing: Product) -> AsyncIterator[Client]:
    async with Client(seeing.url) as client:
        yield client


async def test_a_picture_that_the_classifier_passes_is_shown_in_a_channel(
    slack: Client, seeing: Product
) -> None:
    async def drew() -> bool:
        told = await commanded(slack, "/imagine", "一只猫 🐈 --size 64x64")
        return "AI 生成" in said(told)

    await seeing.until(drew, 180)  # the models load while the product is up already
    await seeing.settled()
    painted = seeing.rows("SELECT request_id FROM usage WHERE stage = 'image'")[-1][0]
    query = "SELECT stage, images, requests FROM usage WHERE request_id = ? ORDER BY id"
    assert seeing.rows(query, painted)[-2:] == [("image", 1, 1), ("classify", 0, 0)]
    verdict = "SELECT action FROM verdict WHERE request_id = ? AND direction = 'output'"
    assert {row[0] for row in seeing.rows(verdict, painted)} == {"allow"}
    assert {entry["kind"] for entry in await slack.visible("bo")} >= {"message", "file"}
    assert seeing.audit().returncode == 0


async def test_a_form_asks_for_four_which_are_one_numbered_sheet(
    slack: Client, seeing: Product
) -> None:
    assert (await slack.slash("ana", "random", "/imagine", ""))["acked"]
    view = await form(slack, "ana")
    prompt = {"imagine_prompt": {"imagine_prompt": {"value": "一只猫 🐈 & <dog>"}}}
    seed = {"imagine_seed": {"imagine_seed": {"value": "seven"}}}
    bad = await slack.submit("ana", view["id"], {**prompt, **seed})
    assert "0" in bad["errors"]["imagine_seed"]
    seed = {"imagine_seed": {"imagine_seed": {"value": "7"}}}
    count = {"imagine_count": {"imagine_count": {"selected_option": {"value": "4"}}}}
    assert (await slack.submit("ana", view["id"], {**prompt, **seed, **count}))["acked"]
    sheet = await slack.wait_for(
        lambda message: final(message) and "*4* 种子\xa010" in said(message), channel="random"
    )
    (shown,) = [block for block in sheet["blocks"] if block["type"] == "image"]
    assert "4 张带编号的图片：一只猫 🐈 & <dog>" in shown["alt_text"]
    await seeing.settled()
    (asked,) = seeing.rows("SELECT id FROM request WHERE channel = 'C0RANDOM'")[-1]
    usage = "SELECT sum(images), count(*) FROM usage WHERE request_id = ? AND stage LIKE 'image%'"
    assert seeing.rows(usage, asked) == [(4, 4)]
    looked = "SELECT count(*) FROM usage WHERE request_id = ? AND stage LIKE 'classify%'"
    assert seeing.rows(looked, asked) == [(5,)], "each picture alone, and then the sheet"


async def test_a_picture_that_takes_a_while_is_seen_half_made(
    slack: Client, seeing: Product
) -> None:
    """It is as large as it has to be for that on this machine; at the end all must be judged."""
    for side in (64, 96, 128, 192, 256, 320):
        prompt = f"a slow fox --size {side}x{side} --steps 50"
        told = await commanded(slack, "/sketch", prompt, channel="random")
        assert "AI-generated" in said(told), said(told)
        if half := await _half_made(slack, told["ts"]):
            break
    assert half, "a picture of 320 x 320 in 50 steps took less than 1.5 s"
    await seeing.settled()
    (asked,) = seeing.rows("SELECT id FROM request WHERE channel = 'C0RANDOM'")[-1]
    kept = "SELECT count(*), min(ts), max(ts) FROM send WHERE request_id = ? AND part >= ?"
    ((count, first, last),) = seeing.rows(kept, asked, str(SKETCH))
    assert count in {1, 2}
    assert (first, last) == ("deleted", "deleted")
    assert seeing.audit().returncode == 0


async def _half_made(slack: Client, ts: str) -> list[str]:
    """Return what a message said in the states in which it showed a half-made picture."""
    states = [one["payload"] for one in await slack.visible("ana") if one["kind"] == "message"]
    return [
        text for one in states if one.get("ts") == ts and "not finished yet" in (text := said(one))
    ]


async def test_what_is_out_of_range_names_the_range_and_charges_nothing(
    slack: Client, seeing: Product
) -> None:
    told = said(await commanded(slack, "/imagine", "a cat --n 5", channel="support"))
    assert "--n is a whole number from 1 to 4." in told
    await seeing.settled()
    query = "SELECT sum(u.images), sum(u.gpu_ms) FROM usage u JOIN request r ON r.id = request_id"
    assert seeing.rows(f"{query} WHERE r.channel = 'C0SUPPORT'") == [(0, 0)]
    assert seeing.audit().returncode == 0
