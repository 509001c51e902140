"""The whole recipe on six made-up pictures, with models of a few thousand weights."""

import json
import math
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from generators.training import __main__ as commands
from generators.training import (
    autoencoder,
    captions,
    course,
    denoiser,
    evaluation,
    folder,
    log,
    picture,
    scenes,
    tokens,
)
from generators.training.patches import Patches
from generators.training.plan import AutoencoderPlan, DenoiserPlan, Plan, PlanError, settled
from generators.training.things import Thing

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

PLAN = Plan(
    things=6,
    keep_every_steps=4,
    grid_every_steps=10,
    autoencoder=AutoencoderPlan((8, 8, 8, 8), 4, groups=4, steps=8, batch=4, discriminator=True),
    denoiser=DenoiserPlan((16, 32), 8, 2, 32, 2, tokens=600, steps=10, batch=4),
)
ROOT = Path(__file__).parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
from generators.training import plan, things
from generators.training.picture import Training

run, pictures = map(Path, sys.argv[1:])
settled = plan.settled(run, None)

def watch(stage, done, steps, figures):
    if stage == "denoiser" and done == 7:
        os.kill(os.getpid(), signal.SIGKILL)

Training(run, settled, things.read(pictures, settled.things), watch).run()
"""


def nobody(stage: str, done: int, steps: int, figures: dict[str, float]) -> None:
    """Watch nothing."""


def begun(run: Path) -> Path:
    run.mkdir(parents=True)
    run.joinpath("plan.json").write_text(json.dumps(asdict(PLAN)))
    return run


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run from beginning to end."""
    run = begun(tmp_path_factory.mktemp("whole") / "run")
    assert commands.main(["picture", "--run", str(run), "--pictures", str(pictures)]) == 0
    return run


def losses(run: Path) -> list[float]:
    return [line["loss"] for line in log.read(run / picture.DENOISER)]


def test_a_run_that_was_killed_ends_with_the_same_loss(
    trained: Path, pictures: Path, known: list[Thing], tmp_path: Path
) -> None:
    run = begun(tmp_path / "run")
    child = subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", KILLED, str(run), str(pictures)],
        cwd=ROOT,
        env={"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    assert len(losses(run)) == 4, "what was done after the last checkpoint is lost"
    picture.Training(run, PLAN, known, nobody).run()
    assert len(losses(run)) == len(losses(trained)) == 10
    assert losses(run)[-1] == pytest.approx(losses(trained)[-1], rel=0.01)


def test_the_model_is_a_stock_folder(trained: Path) -> None:
    stock: Any = evaluation.AutoPipelineForText2Image
    pipe = stock.from_pretrained(trained / "model", local_files_only=True)
    weights = (trained / "model" / "unet").glob("*.safetensors")
    assert type(pipe).__module__.startswith("diffusers.")
    made = folder.drawn(pipe, ["a grinning face", "笑脸"])
    assert made.shape == (2, 3, 64, 64)
    assert [file.name for file in weights] == ["diffusion_pytorch_model.safetensors"]


def test_the_grid_shows_64_pictures(trained: Path) -> None:
    for name in ("000010.png", "latest.png", "autoencoder.png"):
        with Image.open(trained / "grids" / name) as grid:
            assert grid.size == (8 * 64, 8 * 64)


def test_an_evaluation_says_what_is_lacking(
    trained: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["evaluate", "--model", str(trained / "model"), "--pictures", str(pictures)]
    assert commands.main([*given, "--things", "6", "--captions", "6"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["captions"] == 6
    assert "not every caption was tried" in report["lacks"]
    assert 0 <= report["first"] <= report["first_five"] <= 1
    assert math.isfinite(report["psnr_db"])
    card = trained.joinpath("model", "README.md").read_text(encoding="utf-8")
    assert f"| first | {report['first']} |" in card
    assert "Not yet" not in card
    assert "## The fixed grid" in card


def test_the_gate_lets_through_what_is_good_and_only_that() -> None:
    good = evaluation.Report(900, 0, 0.6, 0.85, 0.6, 0.6, 80, 0.8, 25, 0.9, 0.9, 24_000_000)
    assert good.lacks() == []
    worse = evaluation.Report(900, 0, 0.59, 0.84, 0.6, 0.6, 80, 0.79, 25, 0.9, 1.1, 26_000_000)
    assert len(worse.lacks()) == 5


def test_other_settings_are_refused_in_a_folder_that_has_some(trained: Path) -> None:
    with pytest.raises(PlanError, match="only the steps may change"):
        settled(trained, Plan(seed=2))


def test_data_that_is_missing_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["picture", "--run", str(tmp_path / "run"), "--pictures", str(tmp_path)]
    assert commands.main(given) == 2
    assert "captions.csv" in capsys.readouterr().err


def noise(seed: int = 0) -> Tensor:
    return torch.randint(
        0, 256, (8, 3, 64, 64), dtype=torch.uint8, generator=torch.manual_seed(seed)
    )


@pytest.mark.parametrize("evenness", [0.0, 0.5, 1.0])
def test_latents_are_components_of_squares(evenness: float) -> None:
    soft = torch.rand(32, 3, 16, 16, generator=torch.manual_seed(1))
    pixels = (torch.nn.functional.interpolate(soft, scale_factor=4, mode="bilinear") * 255).byte()
    found = Patches.of(pixels, 6, evenness)
    latents = found.latents(autoencoder.unit(pixels))
    assert latents.shape == (32, 6, 8, 8)
    flat = latents.transpose(0, 1).flatten(1)
    assert torch.allclose(flat.mean(dim=1), torch.zeros(6), atol=1e-3)
    between = flat @ flat.T / flat.shape[1]
    assert between.diagonal().mean().item() == pytest.approx(1, rel=1e-3)
    assert torch.allclose(between, between.diagonal().diag(), atol=1e-3), "none tells of another"
    strengths = between.diagonal().sqrt()
    assert strengths.tolist() == pytest.approx(sorted(strengths.tolist(), reverse=True), rel=1e-3)
    assert (strengths.max() - strengths.min() < 1e-3) == (evenness == 1)
    again = Patches.of(pixels.flip(0), 6, evenness)
    assert torch.allclose(again.components, found.components, atol=1e-3)


@torch.no_grad()
def test_an_encoder_that_is_sure_draws_nothing() -> None:
    model: Any = autoencoder.built(PLAN.autoencoder, 3).eval()
    autoencoder.made_sure(model)
    told = model.encode(autoencoder.unit(noise())).latent_dist
    assert torch.allclose(told.sample(torch.manual_seed(1)), told.mean, atol=0.02)


@torch.no_grad()
def test_a_denoiser_heeds_captions_and_no_size(trained: Path) -> None:
    stock: Any = evaluation.AutoPipelineForText2Image
    pipe = stock.from_pretrained(trained / "model", local_files_only=True)
    latents, time = torch.randn(1, 4, 8, 8), torch.tensor(500)
    words, pooled = torch.randn(1, 5, 32), torch.randn(1, 32)

    def made(sizes: list[float], caption: Tensor) -> Tensor:
        added = {"text_embeds": caption, "time_ids": torch.tensor([sizes])}
        noise: Tensor = pipe.unet(latents, time, words, added_cond_kwargs=added).sample
        return noise

    usual = made([64, 64, 0, 0, 64, 64], pooled)
    assert torch.equal(made([512, 64, 3, 3, 9, 1], pooled), usual)
    assert not torch.equal(made([64, 64, 0, 0, 64, 64], -pooled), usual)


def test_a_tokenizer_knows_both_languages_and_spells_the_rest(known: list[Thing]) -> None:
    said = [thing.english for thing in known] + [thing.chinese for thing in known]
    tokenizer = tokens.learned(said, 800, 12)
    for caption in (*said, "🐉 \uff46\uff55 مرحبا"):
        ids = denoiser.tokenised(tokenizer, [caption])[0]
        assert ids.shape == (12,)
        assert ids[0] == tokenizer.bos_token_id
    assert tokenizer.decode(denoiser.tokenised(tokenizer, ["笑脸"])[0], True) == "笑脸"


def test_a_step_is_the_same_whenever_it_is_done() -> None:
    first: Tensor = torch.randn(3, generator=course.chance(1, 5))
    assert torch.equal(first, torch.randn(3, generator=course.chance(1, 5)))
    assert not torch.equal(first, torch.randn(3, generator=course.chance(1, 6)))


def test_an_average_forgets_how_it_began() -> None:
    average = torch.zeros(1)
    for step in range(1, 300):
        average = course.averaged(average, torch.ones(1), torch.tensor(step))
    assert average.item() > 0.99
    late = course.averaged(torch.zeros(1), torch.ones(1), torch.tensor(10**6))
    assert late.item() == pytest.approx(0.001, rel=1e-3)


def test_every_latent_is_called_only_what_its_scene_is(known: list[Thing]) -> None:
    made = scenes.scenes(known, 1)
    told = [scene.captions for scene in made]
    words = [word for thing in known for word in captions.words(thing)]
    tokenizer = tokens.learned(words, 1200, 40)
    red, face = tokenizer.tokenize("红色的")[:-1], tokenizer.tokenize("笑脸")
    assert tokenizer.tokenize("红色的笑脸")[-len(face) :] == face, "a word is spelt alike anywhere"
    assert tokenizer.tokenize("红色的笑脸")[: len(red)] == red
    latents = torch.zeros(len(made), 1, 1, 1)
    given = denoiser.examples(latents, scenes.weights(made), told, tokenizer)
    for at in range(0, len(made), 7):
        rows = given.tokens[int(given.first[at]) :][: int(given.count[at])]
        said = tokenizer.batch_decode(rows, skip_special_tokens=True)
        assert [str(each).replace(" ", "") for each in said] == [
            caption.replace(" ", "") for caption in told[at]
        ]
    assert tokenizer.decode(given.tokens[0], skip_special_tokens=True) == ""
