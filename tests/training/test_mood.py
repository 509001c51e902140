import random
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="training needs scikit-learn and scipy (extra `training`)")
pytest.importorskip("scipy", reason="training needs scikit-learn and scipy (extra `training`)")

from bot.digests.mood import DENSE_SCALE, Pieces, assembled
from moderation.heads.pieces import Vocabulary
from training.mood import Example, apart, fitted, shifted

TOLD = tomllib.loads((Path(__file__).parents[2] / "training" / "mood.toml").read_text("utf-8"))


@pytest.mark.parametrize("speech", ["english", "chinese"])
def test_every_slot_is_there_and_used_and_no_line_comes_twice(speech: str) -> None:
    table = TOLD[speech]
    lines = [line for kind in ("negative", "positive", "neither") for line in table[kind]]
    named = {slot for line in lines for slot in re.findall(r"\{(\w+)\}", line)}
    assert named == table["slots"].keys()
    assert len(lines) == len(set(lines))


def test_what_is_learned_tells_negative_from_the_rest() -> None:
    pieces = Pieces(
        vocabulary=Vocabulary(["bad", "good"]), vectors=np.eye(3, dtype=np.float32) / DENSE_SCALE
    )
    chance = random.Random(1)  # noqa: S311 - no secret
    texts = [f"{chance.choice(['bad', '糟糕'])} {n}" for n in range(40)]
    calm = [f"{chance.choice(['good', '很好'])} {n}" for n in range(40)]
    lessons = [Example(text, "made", negative=True) for text in texts]
    lessons += [Example(text, "irc", negative=False) for text in calm]
    arrays = fitted(pieces, lessons)
    mood = assembled(pieces, arrays)
    assert mood.score("bad 99") > mood.score("good 99")
    assert mood.score("糟糕 99") > mood.score("很好 99")
    assert {one.source for one in lessons if apart(one)} <= {"made", "irc"}


def test_zero_is_where_few_ordinary_texts_are() -> None:
    pieces = Pieces(vocabulary=Vocabulary(["x"]), vectors=np.zeros((2, 2), dtype=np.float32))
    talk = [Example(f"see you at {n}", "irc", negative=False, neutral=True) for n in range(200)]
    talk += [
        Example(
            f"我们明天{chr(0x4E00 + 7 * n)}开会{chr(0x5E00 + 11 * n)}",
            "kdconv",
            negative=False,
            neutral=True,
        )
        for n in range(200)
    ]
    arrays = fitted(pieces, [*talk, Example("bad", "made", negative=True)])
    arrays["bias"] = shifted(assembled(pieces, arrays), talk)
    mood = assembled(pieces, arrays)
    shares = [
        np.mean([mood.score(one.text) > 1e-3 for one in talk if one.source == kind])
        for kind in ("irc", "kdconv")
    ]
    assert shares[0] <= 0.05
    assert shares[1] <= 0.02
