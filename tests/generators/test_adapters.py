from pathlib import Path

import pytest

from generators import adapters
from generators.adapters import ShelfError
from tests.generators.shelved import offered


def test_back_restores_what_was_in_use_to_the_byte(tmp_path: Path) -> None:
    shelf = adapters.shelf(tmp_path, "support")
    first = offered(shelf, b"one")
    shelf.promote()
    second = offered(shelf, b"two")
    assert shelf.promote().in_use == second != first
    assert shelf.back().in_use == first
    assert shelf.version(first).joinpath("adapter_model.safetensors").read_bytes() == b"one"
    assert shelf.back().in_use == ""
    with pytest.raises(ShelfError, match="nothing to go back to"):
        shelf.back()


def test_the_engine_is_given_what_is_in_use_for_its_model(tmp_path: Path) -> None:
    shelf = adapters.shelf(tmp_path, "support")
    version = offered(shelf, b"one")
    assert adapters.in_use(tmp_path, "text", ["our/model"]) == {}
    shelf.promote()
    wanted = {"support": str(shelf.version(version))}
    assert adapters.in_use(tmp_path, "text", ["our/model"]) == wanted
    assert adapters.in_use(tmp_path, "text", ["other/model"]) == {}
    assert adapters.in_use(tmp_path, "image", ["our/model"]) == {}


def test_weights_that_are_not_those_of_the_card_are_refused(tmp_path: Path) -> None:
    shelf = adapters.shelf(tmp_path, "support")
    version = offered(shelf, b"one")
    shelf.version(version).joinpath("adapter_model.safetensors").write_bytes(b"two")
    with pytest.raises(ShelfError, match="other weights than its card"):
        shelf.card(version)


def test_what_is_in_use_is_no_candidate_again(tmp_path: Path) -> None:
    shelf = adapters.shelf(tmp_path, "support")
    offered(shelf, b"one")
    shelf.promote()
    with pytest.raises(ShelfError, match="nothing is new"):
        offered(shelf, b"one")
    with pytest.raises(ShelfError, match="no candidate"):
        shelf.promote()


def test_a_name_is_for_one_kind(tmp_path: Path) -> None:
    shelf = adapters.shelf(tmp_path, "support")
    offered(shelf, b"one")
    with pytest.raises(ShelfError, match="take a new name"):
        offered(shelf, b"two", kind="image", answers=())


@pytest.mark.parametrize("name", ["../up", "a/b", "", "名字", "a.b"])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(ShelfError, match="is no name"):
        adapters.shelf(tmp_path, name)


def test_a_name_that_nothing_has_is_said(tmp_path: Path) -> None:
    with pytest.raises(ShelfError, match="No adapter nobody"):
        adapters.shelf(tmp_path, "nobody").back()
