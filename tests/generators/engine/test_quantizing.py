from importlib.util import find_spec

import pytest

from generators.engine.quantizing import WAYS, configured
from generators.engine.resolve import Unusable


@pytest.mark.parametrize("name", ["", "int8"])
def test_nothing_is_asked_of_a_library_that_is_not_needed(name: str) -> None:
    assert configured(name, "cpu") is None


def test_what_needs_cuda_is_refused_elsewhere() -> None:
    with pytest.raises(Unusable, match=r"quantization = 'nf4' needs a CUDA device, .* cpu\."):
        configured("nf4", "cpu")


@pytest.mark.parametrize("name", WAYS)
def test_a_missing_library_is_named(name: str) -> None:
    package = WAYS[name].package
    if find_spec(package):
        pytest.skip(f"{package} is installed here")
    with pytest.raises(Unusable, match=rf"package {package}, .*: pip install {package}\."):
        configured(name, "cuda")
