import numpy as np

from generators.training import captions, prompts, scenes
from generators.training.colours import COLOURS
from generators.training.scenes import SHARES
from generators.training.things import SIDE_PX, Thing


def test_the_same_seed_makes_the_same_pictures(known: list[Thing]) -> None:
    one, other = scenes.scenes(known, 1), scenes.scenes(known, 1)
    assert [scene.captions for scene in one] == [scene.captions for scene in other]
    assert (scenes.rendered(one) == scenes.rendered(other)).all()


def test_every_kind_is_learned_from_as_often_as_it_should(known: list[Thing]) -> None:
    made = scenes.scenes(known, 1)
    shares = dict.fromkeys(SHARES, 0.0)
    for scene, weight in zip(made, scenes.weights(made), strict=True):
        shares[scene.kind] += weight
    assert {kind: round(share, 6) for kind, share in shares.items()} == SHARES


def test_no_pair_that_is_kept_back_is_learned_from(known: list[Thing]) -> None:
    said = {caption for scene in scenes.scenes(known, 1) for caption in scene.captions}
    kept = scenes.unseen(known)
    assert kept
    assert not said & {caption for pair in kept for caption in captions.with_colour(*pair)}


def test_a_thing_alone_is_as_it_is_in_the_data(known: list[Thing]) -> None:
    alone = [scene for scene in scenes.scenes(known, 1) if scene.kind == "plain"]
    assert (scenes.rendered(alone) == np.stack([thing.pixels for thing in known])).all()


def test_a_background_is_behind_the_thing_and_not_in_it(known: list[Thing]) -> None:
    made = [scene for scene in scenes.scenes(known, 1) if scene.kind == "background"]
    for picture, colour in zip(scenes.rendered(made[: len(COLOURS)]), COLOURS, strict=True):
        for row, column in ((0, 0), (8, 55), (55, 8)):
            assert tuple(picture[row, column]) == colour.rgb
        assert tuple(picture[SIDE_PX // 2, SIDE_PX // 2]) == tuple(known[0].pixels[32, 32])


def test_captions_are_in_both_languages(known: list[Thing]) -> None:
    for scene in scenes.scenes(known, 1):
        assert any(caption.isascii() for caption in scene.captions)
        assert any(not caption.isascii() for caption in scene.captions)


def test_the_grid_has_64_prompts_always_the_same(known: list[Thing]) -> None:
    asked = prompts.fixed(known)
    assert len(asked) == 64
    assert asked == prompts.fixed(known)
    assert all(asked)
