"""Hosts that take other fields than ours, and hosts for one kind of model each."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from generators.draft import EngineUnavailable, ModelMissing, PromptRejected
from generators.host import Host, Kind, authorities, is_here
from generators.metering import metered
from generators.model import Model, Reply
from generators.urgency import prioritised, priority
from tests.fake_engine import FakeEngine, closed_url, running
from tests.hosted import Hosted, fields, forbids_extras, has_no_priorities, paints, reasons

pytestmark = pytest.mark.sockets

ASKED = [{"role": "user", "content": "多久？"}]


async def said(model: Model) -> list[Reply]:
    return [reply async for reply in model.chat(ASKED, max_tokens=9, seed=3, user="U1")]


@asynccontextmanager
async def hosted(engine: FakeEngine, kind: Kind, name: str) -> AsyncIterator[Model]:
    engine.models = {kind: name}
    async with running(engine):
        model = Model(engine.url, timeout_s=20, chosen={kind: name})
        yield model
        await model.close()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("dall-e-2", {"response_format", "size", "user"}),
        ("dall-e-3", {"response_format", "size", "user"}),
        ("gpt-image-1", {"size", "user"}),
    ],
)
async def test_hosted_pictures_are_asked_for_in_the_fields_that_they_take(
    name: str, kept: set[str]
) -> None:
    host = Hosted()
    async with hosted(host, "image", name) as model:
        first = await model.image("一颗红心", size="1024x1024", seed=7, steps=3, user="U1")
        asked = len(host.asked)
        await model.image("一颗红心", size="1024x1024", seed=7, steps=3, user="U1")
    assert first.seed == 0
    assert fields(host.asked)[-1] == kept
    assert len(host.asked) == asked + 1


async def test_no_server_is_asked_to_compress() -> None:
    host = Hosted()
    async with hosted(host, "image", "dall-e-3") as model:
        await model.image("a heart", size="", seed=7)
    assert {*host.encodings} == {"identity"}


async def test_a_hosted_picture_has_its_tokens_in_the_books() -> None:
    async with hosted(Hosted(), "image", "gpt-image-1") as model:
        with metered() as calls:
            await model.image("a heart", size="1536x1024", seed=7)
    (call,) = calls
    assert (call.images, call.prompt_tokens, call.output_tokens) == (1, 12, 4160)


@pytest.mark.parametrize("name", ["dall-e-3", "gpt-image-1"])
async def test_a_size_that_a_hosted_model_does_not_have_is_explained_and_not_asked(
    name: str,
) -> None:
    host = Hosted()
    async with hosted(host, "image", name) as model:
        with pytest.raises(PromptRejected, match="1024x1024, 1"):
            await model.image("a heart", size="512x512", seed=7)
    assert host.asked == []


async def test_a_value_that_is_out_of_range_is_no_field_to_leave_out() -> None:
    host = Hosted()
    async with hosted(host, "image", "dall-e-3") as model:
        host.refuses = lambda _body: {"error": {"message": "Invalid value.", "param": "size"}}
        with pytest.raises(PromptRejected):
            await model.image("a heart", size="1024x1024", seed=7)
        host.refuses = paints
        await model.image("a heart", size="1024x1024", seed=7)
    assert "size" in fields(host.asked)[-1]


@pytest.mark.parametrize(
    ("refuses", "left"),
    [
        (reasons, {"max_completion_tokens", "seed", "user", "stream_options"}),
        (forbids_extras, {"max_tokens", "temperature"}),
        (has_no_priorities, {"max_tokens", "temperature", "seed", "user", "stream_options"}),
    ],
)
async def test_a_chat_goes_on_without_what_a_host_refuses_and_remembers_it(
    refuses: object, left: set[str]
) -> None:
    host = Hosted(refuses=refuses)  # type: ignore[arg-type]
    async with hosted(host, "chat", "large") as model:
        with prioritised(10 if refuses is has_no_priorities else 0):
            assert (await said(model))[-1].text == "Five days [1]."
            before = len(host.asked)
            with metered() as calls:
                await said(model)
    assert fields(host.asked)[-1] == left
    assert len(host.asked) == before + 1
    assert [call.outcome for call in calls] == ["ok"]


async def test_a_prompt_that_is_refused_is_asked_once() -> None:
    host = Hosted(refuses=lambda _body: {"error": {"message": "No.", "code": "invalid_prompt"}})
    async with hosted(host, "chat", "large") as model:
        with pytest.raises(PromptRejected):
            await said(model)
    assert len(host.asked) == 1


async def test_what_our_engine_refuses_is_never_left_out() -> None:
    engine = FakeEngine(fault="status", status=400, code="unknown_parameter")
    async with hosted(engine, "chat", "tiny") as model:
        with pytest.raises(PromptRejected):
            await said(model)
    assert len(engine.asked) == 1


async def test_a_priority_is_told_only_where_there_is_one() -> None:
    engine = FakeEngine()
    async with hosted(engine, "chat", "tiny") as model:
        await said(model)
        with prioritised(10):
            await said(model)
    assert "priority" not in engine.asked[0][1]
    assert engine.asked[1][1]["priority"] == 10
    assert priority() == 0


@asynccontextmanager
async def three() -> AsyncIterator[tuple[Model, Hosted, Hosted]]:
    """Serve language here, and pictures and embeddings elsewhere, each under a key of its own."""
    words, pictures = Hosted(refuses=lambda _body: None), Hosted()
    words.models, pictures.models = {"chat": "llama"}, {"a": "whisper-1", "image": "dall-e-3"}
    async with running(words), running(pictures):
        apart: dict[Kind, Host] = {
            "image": Host(pictures.url, "k-image", chosen={"image": "dall-e-3"}),
            "embed": Host(closed_url(), "k-embed", chosen={"embed": "e5"}),
        }
        model = Model(words.url, "k-words", timeout_s=20, fresh_s=0).apart(apart)
        yield model, words, pictures
        await model.close()


async def test_each_kind_is_asked_of_its_own_host_with_its_own_key() -> None:
    async with three() as (model, words, pictures):
        assert await model.installed() == {"chat": "llama", "image": "dall-e-3"}
        assert (await said(model))[-1].cost.model == "llama"
        assert (await model.image("a", size="", seed=1)).cost.model == "dall-e-3"
    assert {*words.keys} == {"Bearer k-words"}
    assert {*pictures.keys} == {"Bearer k-image"}
    assert {path for path, _ in pictures.asked} == {"/v1/images/generations"}


async def test_a_host_that_is_away_takes_only_its_own_kind_with_it() -> None:
    async with three() as (model, _, _pictures):
        assert await model.has("chat")
        assert await model.has("image")
        with pytest.raises(EngineUnavailable):
            await model.has("embed")
        with pytest.raises(EngineUnavailable):
            await model.embed(["a"])


async def test_an_unnamed_model_is_the_first_of_the_list() -> None:
    engine = Hosted(refuses=lambda _body: None, models={"a": "flux", "b": "other"})
    async with running(engine):
        host = Host(engine.url, chosen={"image": ""})
        assert await host.named("image") == "flux"
        await host.close()


async def test_a_host_without_a_list_has_what_the_settings_name() -> None:
    engine = Hosted(lists=False)
    async with running(engine):
        named, unnamed = Host(engine.url, chosen={"chat": "m"}), Host(engine.url)
        assert await named.named("chat") == "m"
        with pytest.raises(ModelMissing):
            await named.named("image")
        with pytest.raises(EngineUnavailable):
            await unnamed.installed()
        await named.close()
        await unnamed.close()


@pytest.mark.parametrize(
    ("url", "nobody"),
    [
        ("http://127.0.0.1:8400/v1", True),
        ("http://localhost:8400/v1", True),
        ("https://127.0.0.1:8400/v1", False),
        ("http://engine.example/v1", False),
        ("https://engine.example/v1", False),
    ],
)
def test_certificates_are_checked_wherever_tls_may_be_spoken(url: str, *, nobody: bool) -> None:
    trusted = authorities(url)
    if nobody:
        assert isinstance(trusted, ssl.SSLContext)
        assert (trusted.verify_mode, trusted.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert trusted.cert_store_stats()["x509_ca"] == 0
    else:
        assert trusted is True


def test_here_is_this_machine_alone() -> None:
    assert is_here("http://[::1]:1/v1")
    assert not is_here("http://localhost.example/v1")
