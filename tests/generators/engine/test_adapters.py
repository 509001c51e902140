"""Requests with adapters, mixed in one step, write what peft writes with each of them alone."""

import json
import random
from importlib import import_module
from pathlib import Path
from typing import Any

import openai
import pytest

from generators.engine.cache import Segment
from generators.engine.errors import UnknownModel
from generators.engine.options import EngineSettings
from generators.engine.roster import Roster
from tests.generators.engine.conftest import Serve
from tests.generators.engine.test_steppers import FAMILIES, built, generated, one_thread

pytestmark = [
    pytest.mark.torch,
    # peft 0.21 asks transformers 5.23 for an attribute by its former name
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),
]
torch = pytest.importorskip("torch")
pytest.importorskip("peft", reason="the tests' adapters are made with peft")

__all__ = ["one_thread"]  # a fixture
EVERY = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
COUNT = 12


def adapter(folder: Path, model: Any, seed: int, **fields: Any) -> Path:
    """Write a random adapter of a model, as peft does."""
    peft: Any = import_module("peft")
    torch.manual_seed(seed)
    given = {"r": 4, "lora_alpha": 8, "target_modules": EVERY, "init_lora_weights": False}
    made = peft.get_peft_model(model, peft.LoraConfig(**{**given, **fields}))
    made.save_pretrained(folder)
    made.unload()
    return folder


def written_by_peft(family: str, folder: Path | None, prompt: list[int]) -> list[int]:
    peft: Any = import_module("peft")
    model = built(family, **FAMILIES[family])
    if folder is not None:
        model = peft.PeftModel.from_pretrained(model, str(folder)).base_model.model
    return generated(model, prompt, COUNT)


def stepper_of(kind: str, family: str, folders: dict[str, Path]) -> Any:
    from generators.engine.adapters import read  # noqa: PLC0415 - imports torch
    from generators.engine.decoder import Decoder  # noqa: PLC0415 - imports torch
    from generators.engine.pages import PageStepper  # noqa: PLC0415 - imports torch
    from generators.engine.slabs import SlabStepper  # noqa: PLC0415 - imports torch

    decoder = Decoder(built(family, **FAMILIES[family]))
    decoder.adapt([read(name, folder) for name, folder in folders.items()])
    wanted = SlabStepper if kind == "slabs" else PageStepper
    return wanted(decoder, room_tokens=4096, rows=8)


def written(stepper: Any, prompts: list[list[int]], chosen: list[int]) -> list[list[int]]:
    """Write greedily, all at once, the prompts in pieces."""
    known, done = [list(prompt) for prompt in prompts], [0] * len(prompts)
    seats = [stepper.open(len(prompt) + COUNT) for prompt in prompts]
    pick = random.Random(7)  # noqa: S311 - no secret
    while any(len(row) < len(prompt) + COUNT for row, prompt in zip(known, prompts, strict=True)):
        rows = [row for row in range(len(prompts)) if len(known[row]) < len(prompts[row]) + COUNT]
        given = [
            Segment(
                seat=seats[row],
                start=done[row],
                tokens=known[row][done[row] :][: pick.choice([1, 5, 400])],
                adapter=chosen[row],
            )
            for row in rows
        ]
        best = stepper.step(given).argmax(dim=-1).tolist()
        for row, one, token in zip(rows, given, best, strict=True):
            done[row] = one.end
            if one.end == len(known[row]):
                known[row].append(token)
    for seat in seats:
        stepper.close(seat)
    return [row[-COUNT:] for row in known]


@pytest.mark.parametrize("kind", ["slabs", "pages"])
@pytest.mark.parametrize("family", ["Qwen3", "Llama"])
def test_mixed_requests_write_what_peft_writes_with_each(
    kind: str, family: str, tmp_path: Path
) -> None:
    model = built(family, **FAMILIES[family])
    folders = {
        "legal": adapter(tmp_path / "legal", model, 1),
        "客服": adapter(tmp_path / "b", model, 2, r=2, target_modules=["q_proj", "down_proj"]),
        "wide": adapter(tmp_path / "c", model, 3, r=8, use_rslora=True, target_modules=["v_proj"]),
    }
    prompts = [[(row * 31 + place * 7) % 290 + 1 for place in range(9 + row)] for row in range(6)]
    chosen = [0, 1, 2, 3, 1, 0]
    expected = [
        written_by_peft(family, [None, *folders.values()][number], prompt)
        for prompt, number in zip(prompts, chosen, strict=True)
    ]
    stepper = stepper_of(kind, family, folders)
    assert stepper.adapters == ("legal", "客服", "wide")
    assert written(stepper, prompts, chosen) == expected
    alike = written_by_peft(family, None, prompts[1])
    assert expected[1] != alike, "the adapter changes nothing, so this test sees nothing"


def changed(folder: Path, **fields: object) -> Path:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    return folder


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"use_dora": True}, r"is no plain LoRA \(use_dora\)"),
        ({"peft_type": "IA3"}, r"is no plain LoRA \(it is IA3\)"),
        ({"rank_pattern": {"q_proj": 9}}, r"is no plain LoRA \(rank_pattern\)"),
    ],
)
def test_another_kind_of_adapter_is_refused(
    tmp_path: Path, fields: dict[str, object], sentence: str
) -> None:
    from generators.engine.adapters import read  # noqa: PLC0415 - imports torch
    from generators.engine.hub import Unusable  # noqa: PLC0415 - beside it

    folder = adapter(tmp_path, built("Qwen3", head_dim=16), 1)
    with pytest.raises(Unusable, match=sentence):
        read("legal", changed(folder, **fields))
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(Unusable, match=r"has no adapter_config\.json with adapter_model"):
        read("legal", folder)


def test_an_adapter_of_another_model_is_left_out_and_told_of(
    serving: Serve, models: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import transformers  # noqa: PLC0415 - takes seconds

    own: Any = transformers.AutoModelForCausalLM.from_pretrained(models / "writer")
    good = adapter(tmp_path / "legal", own, 1)
    bad = adapter(tmp_path / "other", built("Qwen3", head_dim=16), 1)
    settings = EngineSettings(
        text=str(models / "writer"),
        device="cpu",
        offline=True,
        adapters=(("legal", str(good)), ("other", str(bad)), ("none", "/no/such folder")),
    )
    with serving(settings) as engine, engine.client() as client:
        listed: Any = client.models.list().data
        assert [(model.id, model.kind) for model in listed] == [
            ("writer", "text"),
            ("legal", "text"),
        ]
        assert listed[1].parent == "writer"
        words = {name: said(client, name) for name in ("writer", "legal", "writer:legal")}
        assert words["legal"] == words["writer:legal"] != words["writer"]
        for name in ("other", "none", "writer:other", "legal:writer"):
            with pytest.raises(openai.NotFoundError):
                said(client, name)
    told = [str(line.args) for line in caplog.records]
    assert any("The adapter other is for another model" in line for line in told)
    assert any("none (/no/such folder) is not on this machine" in line for line in told)


def said(client: openai.OpenAI, model: str) -> str | None:
    message: Any = {"role": "user", "content": "你好，退款 🎉"}
    done = client.chat.completions.create(
        model=model, messages=[message], max_tokens=8, temperature=0
    )
    return done.choices[0].message.content


def test_an_adapter_is_known_before_the_model_is_there() -> None:
    roster = Roster(EngineSettings(text="some/model", adapters=(("legal", "/x"),)))
    assert roster.text.names == ["some/model", "legal"]
    with pytest.raises(UnknownModel):
        roster.text.ready("other")
    assert roster.embed.names == []
