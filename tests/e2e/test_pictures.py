"""Pictures that a classifier has seen, in the classes that load real ones, on the whole way."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.e2e.product import Product, commanded, running, said
from workspace.client import Client

SHOWN = {"image": {"output": {"harm.sexual": {"hold": 1.0}}}}
"""What a tiny model paints is noise, and its classifier guesses; below certainty it is shown."""


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    pytest.importorskip("torch", reason="tiny models are made with torch")
    tiny = pytest.importorskip("tests.tiny")
    folder = tmp_path_factory.mktemp("seeing")
    models = {
        "ATELIER_ENGINE__TEXT_MODEL": "",
        "ATELIER_ENGINE__IMAGE_MODEL": str(tiny.picture_model(folder / "painter")),
        "ATELIER_ENGINE__CLASSIFY_MODEL": str(tiny.picture_classifier(folder / "eye")),
        "ATELIER_ENGINE__EMBED_MODEL": "",
        "ATELIER_CLASSIFIER__TIMEOUT_S": "60",
        "ATELIER_POLICY__KIND": json.dumps(SHOWN),
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
        return "AI-generated" in said(told)

    await seeing.until(drew, 180)  # the models load while the product is up already
    await seeing.settled()
    painted = seeing.rows("SELECT request_id FROM usage WHERE stage = 'image'")[-1][0]
    query = "SELECT stage, images, requests FROM usage WHERE request_id = ? ORDER BY id"
    assert seeing.rows(query, painted)[-2:] == [("image", 1, 1), ("classify", 0, 0)]
    verdict = "SELECT action FROM verdict WHERE request_id = ? AND direction = 'output'"
    assert {row[0] for row in seeing.rows(verdict, painted)} == {"allow"}
    assert {entry["kind"] for entry in await slack.visible("bo")} >= {"message", "file"}
    assert seeing.audit().returncode == 0
