from importlib.util import find_spec

import pytest

from generators.engine.quantizing import WAYS, configured
from generators.engine.resolve import Unusable


def test_no_way_is_nothing() -> None:
    assert configured("", "cpu") is None


@pytest.mark.parametrize("name", ["int8", "nf4"])
def test_what_needs_cuda_is_refused_elsewhere(name: str) -> None:
    with pytest.raises(Unusable, match=rf"quantization = '{name}' needs a CUDA device, .* cpu\."):
        configured(name, "cpu")


@pytest.mark.parametrize("name", WAYS)
def test_a_missing_library_is_named(name: str) -> None:
    package = WAYS[name].package
    if find_spec(package):
        pytest.skip(f"{package} is installed here")
    with pytest.raises(Unusable, match=rf"package {package}, .*: pip install {package}\."):
        configured(name, "cuda")
