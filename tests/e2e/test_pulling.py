"""`atelier up` with a model that only a hub has: it starts at once, and is better a while later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.product import Product, answer, atelier, running, said
from workspace.client import Client

ID = "some/tiny-text"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch", reason="tiny models are made with torch")
    tiny = pytest.importorskip("tests.tiny")
    folder: Path = tiny.language_model(tmp_path_factory.mktemp("hub") / "tiny-text", 4096)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# 小模型\n", encoding="utf-8")
    return folder


@pytest.fixture
def near(tmp_path: Path) -> dict[str, str]:
    """Settings and an environment in which the hub is one of ours."""
    return {
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_OFFLINE": "0",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "ATELIER_ENGINE__TEXT_MODEL": ID,
        "ATELIER_ENGINE__EMBED_MODEL": "",
    }


@pytest.fixture
def stub(made: Path) -> Iterator[object]:
    hub_stub = pytest.importorskip("tests.generators.engine.hub_stub")
    with hub_stub.hub_of({ID: made}) as hub:
        yield hub


async def test_up_starts_at_once_fetches_the_model_and_switches_over(
    stub: object, near: dict[str, str], tmp_path: Path
) -> None:
    from tests.generators.engine.hub_stub import Hub  # noqa: PLC0415 - needs the engine's packages

    assert isinstance(stub, Hub)
    stub.held.clear()
    with running(tmp_path / "data", HF_ENDPOINT=stub.url, **near) as product:
        async with Client(product.url) as slack:
            before = said(await answer(slack, "general", "@atelier rewrite we was late"))
            assert "models pull" in before
            stub.held.set()

            async def wrote() -> bool:
                return "models pull" not in said(
                    await answer(slack, "general", "@atelier rewrite we was late, sorry 对不起")
                )

            await product.until(wrote, 120)
            assert ID in said(await answer(slack, "general", "@atelier rewrite hi"))
        assert _restarts(product) == 0
        log = product.log.read_text()
    assert f"{ID} (apache-2.0): " in log
    assert f"the language model {ID} is ready" in log


async def test_models_are_pulled_and_listed_from_the_command_line(
    stub: object, near: dict[str, str]
) -> None:
    from tests.generators.engine.hub_stub import Hub  # noqa: PLC0415 - as above

    assert isinstance(stub, Hub)
    near |= {"HF_ENDPOINT": stub.url}
    refused = atelier("models", "pull", ID, **near, ATELIER_OFFLINE="true")
    assert (refused.returncode, stub.asked) == (2, [])
    assert refused.stderr == "Downloads are off (`offline = true`), so nothing was fetched.\n"
    pulled = atelier("models", "pull", ID, **near)
    assert pulled.returncode == 0, pulled.stderr
    assert "licence: apache-2.0" in pulled.stderr
    shown = atelier("models", "list", **near)
    assert f"{ID}  text" in shown.stdout
    assert shown.stdout.splitlines()[1].endswith("text_model  yes")


def _restarts(product: Product) -> int:
    return product.log.read_text().count("starting it again")
