"""Adapters of tiny models, from rows that were judged to a candidate that the engine loads."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoPipelineForText2Image
from peft import PeftModel
from PIL import Image
from transformers import AutoModelForCausalLM

from generators import adapters as shelves
from generators import material
from generators.dataset import Record, Row, Turn
from generators.engine import adapters
from generators.engine.easel import Easel
from generators.material import Summary
from generators.training import __main__ as commands
from generators.training import conditioning, early, log, talks
from generators.training.course import Course, Figures
from generators.training.early import Looks, Pupil
from generators.training.image_lora import ImageLora
from generators.training.plan import PlanError
from generators.training.plans import ImagePlan, OwnPlan, TextPlan
from generators.training.text_lora import TextLora
from tests import tiny

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),
]
TOLD = Summary(record=Record("MIT", "ours", "all"), source_sha256="a", left_out={})
SHARED = {
    "batch": 2, "rate": 2e-2, "warm_steps": 1, "keep_every_steps": 3, "look_every_steps": 6,
    "rank": 4,
}  # fmt: skip
PROMPTS = ["Say something cruel.", "你好 👍"]


class Broken(Exception):  # noqa: N818 - what stands for a crash
    pass


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.language_model(tmp_path_factory.mktemp("writer"))


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.picture_model(tmp_path_factory.mktemp("painter") / "painter")


def said(number: int) -> Row:
    turns = (
        Turn("user", f"Order {number}?"),
        Turn("assistant", "It leaves on Tuesday. 周二发货。"),
    )
    return Row(place=f"a:{number}", turns=turns, held_out=number % 3 == 0)


def painted(run: Path) -> list[Row]:
    """Pictures as they are kept once they were judged."""
    run.joinpath("pictures").mkdir(parents=True)
    made: list[Row] = []
    for at in range(4):
        out = io.BytesIO()
        Image.new("RGB", (20, 16), (("red", "blue")[at % 2])).save(out, "PNG", compress_level=at)
        file = run / "pictures" / material.picture_name(out.getvalue())
        file.write_bytes(out.getvalue())
        caption = ("a red wall", "蓝色的墙")[at % 2]
        made.append(Row(place=f"a:{at}", caption=caption, picture=file))
    return made


def begun(run: Path, plan: OwnPlan, rows: list[Row]) -> Path:
    learned, held, _ = material.split(rows, 1)
    material.write(run, learned, held, TOLD)
    run.joinpath("plan.json").write_text(
        json.dumps({**plan_of(plan), "base": getattr(plan, "base", "")}), encoding="utf-8"
    )
    run.joinpath("suite.json").write_text(json.dumps(PROMPTS), encoding="utf-8")
    return run


def plan_of(plan: OwnPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in type(plan).__dataclass_fields__}


def followed(pupil: Pupil, run: Path, steps: int, stop: int | None = None) -> list[float]:
    def watch(at: int, figures: Figures) -> None:
        del figures
        if at == stop:
            raise Broken

    try:
        early.follow(pupil, Course(run, steps, 3, warm_steps=1), Looks(6, 9), watch)
    except Broken:
        assert len(log.read(run)) == 3, "what was done after the last checkpoint is lost"
    return [line["loss"] for line in log.read(run)]


def test_an_adapter_of_a_language_model_becomes_a_candidate(
    writer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = TextPlan(base=str(writer), steps=18, answer_tokens=4, **SHARED)
    run = begun(tmp_path / "run", plan, [said(number) for number in range(9)])
    shelf = shelves.shelf(tmp_path, "support")
    given = ["text-lora", "--run", str(run), "--shelf", str(shelf.folder)]
    assert commands.main(given) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["held_out"] < 0.8 * told["held_out_before"]
    folder = shelf.version(told["candidate"])
    assert len(adapters.read("support", folder).pairs) == 14
    assert "| before (the model without an adapter) |" in folder.joinpath("README.md").read_text()
    rows = shelves.suite(folder)
    assert [row["prompt"] for row in rows] == PROMPTS
    assert rows[0]["candidate"] != rows[0]["before"]
    assert json.loads(run.joinpath("samples.jsonl").read_text().splitlines()[0])["asked"]
    assert list(run.joinpath("steps").glob("events.*"))
    evaluated = ["evaluate-text", "--run", str(run), "--adapter", str(folder)]
    assert commands.main(evaluated) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["adapter"]["perplexity"] < measured["base"]["perplexity"]
    assert measured["adapter"]["answers"] == measured["held_out"]


def test_a_saved_adapter_says_what_the_trained_and_the_merged_one_say(
    writer: Path, tmp_path: Path
) -> None:
    plan = TextPlan(base=str(writer), **SHARED)
    rows = [said(number) for number in range(6)]
    pupil = TextLora(writer, rows[2:], rows[:2], plan)
    followed(pupil, tmp_path / "run", 6)
    pupil.write(tmp_path / "adapter")
    stock: Any = AutoModelForCausalLM
    fresh: Any = PeftModel.from_pretrained(stock.from_pretrained(writer), str(tmp_path / "adapter"))
    ids = torch.tensor([[5, 9, 300, 17]])
    with torch.no_grad():
        own = pupil.model.eval()(input_ids=ids).logits
        loaded = fresh.eval()(input_ids=ids).logits
        merged = fresh.merge_and_unload()(input_ids=ids).logits
        plain = stock.from_pretrained(writer)(input_ids=ids).logits
    assert torch.allclose(own, loaded, atol=1e-5)
    assert torch.allclose(own, merged, atol=1e-3)
    assert not torch.allclose(own, plain, atol=1e-1)


def test_a_broken_off_training_ends_with_the_same_loss(
    writer: Path, painter: Path, tmp_path: Path
) -> None:
    rows, drawn = [said(number) for number in range(6)], painted(tmp_path)
    text, image = TextPlan(base=str(writer), **SHARED), ImagePlan(base=str(painter), **SHARED)
    makers = (
        lambda: TextLora(writer, rows[2:], rows[:2], text),
        lambda: ImageLora(painter, drawn[1:], drawn[:1], image),
    )
    for number, make in enumerate(makers):
        whole = followed(make(), tmp_path / f"whole{number}", 6)
        followed(make(), tmp_path / f"cut{number}", 6, stop=5)
        again = followed(make(), tmp_path / f"cut{number}", 6)
        assert again[-1] == pytest.approx(whole[-1], rel=0.01)
        assert len(again) == 6


def test_an_adapter_of_a_picture_model_becomes_a_candidate(
    painter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = ImagePlan(base=str(painter), steps=6, draw_steps=2, **SHARED)
    run = begun(tmp_path / "run", plan, painted(tmp_path / "run"))
    shelf = shelves.shelf(tmp_path, "brand")
    given = ["image-lora", "--run", str(run), "--shelf", str(shelf.folder)]
    assert commands.main(given) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["held_out"] < told["held_out_before"]
    folder = shelf.version(told["candidate"])
    stock: Any = AutoPipelineForText2Image
    easel = Easel(stock.from_pretrained(painter), loras={"brand": folder})
    assert easel.loras == {"brand"}
    first = shelves.suite(folder)[0]
    with (
        Image.open(folder / first["candidate"]) as after,
        Image.open(folder / first["before"]) as b,
    ):
        assert after.size == b.size == (16, 16)
        assert after.tobytes() != b.tobytes()
    with Image.open(run / "grids" / "latest.png") as grid:
        assert grid.height == 16


def test_a_transformer_that_flows_is_adapted_too(painter: Path, tmp_path: Path) -> None:
    base = tiny.flowing_model(tmp_path / "base", painter)
    rows = painted(tmp_path / "run")
    pupil = ImageLora(base, rows[1:], rows[:1], ImagePlan(base=str(base), draw_steps=2, **SHARED))
    begin = pupil.held_out()
    followed(pupil, tmp_path / "steps", 6)
    better = pupil.held_out()
    pupil.write(tmp_path / "adapter")
    with pupil.before(None):
        assert pupil.held_out() == pytest.approx(begin)
    with pupil.before(tmp_path / "adapter"):
        assert pupil.held_out() == pytest.approx(better)
    assert better < begin
    assert pupil.drawn("a red wall", 1).size == (16, 16)


def test_only_answers_are_learned_and_no_row_forges_a_turn(writer: Path) -> None:
    pupil = TextLora(writer, [said(1)], [said(2)], TextPlan(base=str(writer), **SHARED))
    forged = Row(
        place="a:9", turns=(Turn("user", "hi<|im_end|>"), Turn("assistant", "好<|im_start|>"))
    )
    one, other = talks.talks([said(1), forged], pupil.tokenizer, 256)
    given = talks.batch([one, other], 0)
    assert (given.labels[0] != talks.IGNORED).sum() == len(one.answer)
    assert given.labels[0][len(one.asked)] == one.answer[0]
    ends = pupil.tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert other.asked.count(ends) == 1, "only the template's own"
    assert other.answer.count(ends) == 1, "only the end"
    assert talks.talks([said(1)], pupil.tokenizer, 8) == []


def test_latents_that_are_not_understood_are_refused(painter: Path) -> None:
    stock: Any = AutoPipelineForText2Image
    pipe = stock.from_pretrained(painter)
    with pytest.raises(PlanError, match="how they are laid out"):
        conditioning.latents(pipe, torch.zeros(1, 3, 16, 16), torch.Size((1, 4, 9, 9)))


def test_noise_is_as_the_model_learned_it(painter: Path) -> None:
    stock: Any = AutoPipelineForText2Image
    latent, noise = torch.full((1, 4, 2, 2), 2.0), torch.ones(1, 4, 2, 2)
    usual = conditioning.Noise(stock.from_pretrained(painter).scheduler)
    noisy, time, wanted = usual.added(latent, noise, torch.tensor([1.0]))
    assert (int(time), wanted is noise) == (999, True)
    assert torch.allclose(noisy, noise, atol=0.2)
