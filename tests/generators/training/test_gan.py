"""A generator of small pictures, and the shares by which it is measured, at the smallest size."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from PIL import Image

from generators import dataset, material
from generators.dataset import Record, Row
from generators.material import Summary
from generators.training import __main__ as commands
from generators.training import early, gan, log, manifold
from generators.training.gan import Gan
from generators.training.plan import PlanError
from tests.generators.training.small import PLAN, rows, trained

pytestmark = pytest.mark.torch

ROOT = Path(__file__).parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from tests.generators.training import small

torch.set_num_threads(1)

def watch(at, figures):
    if at == 7:
        os.kill(os.getpid(), signal.SIGKILL)

small.trained(Path(sys.argv[1]), Path(sys.argv[2]), watch)
"""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    for at in range(16):
        Image.new("RGB", (20, 18), (200, at * 8, 30)).save(folder / f"{at:02}.png")
    return folder


def losses(run: Path) -> list[float]:
    return [line["loss"] for line in log.read(run)]


def test_a_run_that_was_killed_ends_with_the_same_loss(pictures: Path, tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole", pictures)
    child = subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", KILLED, str(tmp_path / "cut"), str(pictures)],
        cwd=ROOT,
        env={"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    assert len(losses(tmp_path / "cut")) == 4
    again = trained(tmp_path / "cut", pictures)
    assert losses(tmp_path / "cut")[-1] == pytest.approx(losses(tmp_path / "whole")[-1], rel=0.01)
    assert torch.allclose(again.drawn(2, 1), whole.drawn(2, 1), atol=1e-3)


def test_the_command_trains_draws_and_measures(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    run.joinpath("pictures").mkdir(parents=True)
    judged: list[Row] = []
    for row in rows(pictures):
        png = (pictures / row.place).read_bytes()
        file = run / "pictures" / material.picture_name(png)
        file.write_bytes(png)
        judged.append(Row(place=row.place, picture=file))
    told = Summary(record=Record("MIT", "ours", "all"), source_sha256="a", left_out={})
    material.write(run, judged[4:], judged[:4], told)
    run.joinpath("plan.json").write_text(json.dumps(asdict(PLAN)), encoding="utf-8")
    assert commands.main(["gan", "--run", str(run), "--steps", "2", "--samples", "3"]) == 0
    assert len(list(run.joinpath("samples").glob("*.png"))) == 3
    assert dataset.record(run / "samples").source == "Made by a model that learned from: ours"
    assert run.joinpath("grids", "latest.png").exists()
    capsys.readouterr()
    assert commands.main(["evaluate-gan", "--run", str(run)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert 0 <= found["precision"] <= 1
    assert (found["made"], found["learned"], found["held_out"]) == (256, 12, 4)


def test_a_generator_that_was_written_draws_the_same(pictures: Path, tmp_path: Path) -> None:
    every = rows(pictures)
    pupil = Gan(every[:8], every[8:], PLAN)
    before = pupil.drawn(3, 5)
    pupil.write(tmp_path)
    model, plan = gan.loaded(tmp_path)
    assert torch.equal(gan.drawn(model, plan, 3, 5), before)
    assert before.shape == (3, 3, 16, 16)
    with pytest.raises(PlanError, match="holds no generator"):
        gan.loaded(tmp_path / "elsewhere")


def test_too_few_pictures_are_refused(pictures: Path) -> None:
    every = rows(pictures)
    with pytest.raises(PlanError, match="Only 3 pictures are held out"):
        Gan(every[3:], every[:3], PLAN)


def test_a_set_covers_itself_and_not_what_is_far() -> None:
    near = torch.rand(12, 3, 16, 16, generator=torch.manual_seed(0)) * 0.1
    assert manifold.covered(near, near) == manifold.Covered(1.0, 1.0)
    far = manifold.covered(near, near + 0.8)
    assert (far, far.lacking) == (manifold.Covered(0.0, 0.0), 1.0)


def test_one_picture_again_and_again_is_precise_and_recalls_little() -> None:
    real = torch.rand(40, 3, 16, 16, generator=torch.manual_seed(0))
    same = real[:1] + 1e-3 * torch.rand(40, 3, 16, 16, generator=torch.manual_seed(1))
    found = manifold.covered(same, real)
    assert found.precision == 1.0
    assert found.recall <= 0.05


def test_balls_reach_to_the_third_neighbour() -> None:
    line = torch.arange(5.0)[:, None, None, None].expand(-1, 1, 16, 16)
    beyond = line[:1] - torch.tensor([2.9, 3.1, 9.0, 9.0])[:, None, None, None]
    assert manifold.covered(beyond, line).precision == 0.25


def test_a_training_that_gets_no_better_is_over(tmp_path: Path) -> None:
    tmp_path.joinpath(log.FILE).write_text(
        "".join(f'{{"step": {at}, "held_out": {told}}}\n' for at, told in enumerate((3, 1, 2, 2)))
    )
    assert early.over(tmp_path, 4, 2)
    assert not early.over(tmp_path, 4, 3)
    assert not early.over(tmp_path, 3, 2), "what was not kept does not count"
