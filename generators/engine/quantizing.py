"""Weights with fewer bits, by libraries that transformers knows, where they are there.

https://huggingface.co/docs/transformers/quantization/overview. Such a model is run by transformers
itself: the fast decoder needs weights as they are, and has eight bits of its own on a CPU.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from generators.engine.hub import Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to have fewer bits: the library, whether it needs CUDA, and transformers' object."""

    package: str
    needs_cuda: bool
    made: Callable[[], Any]


def _bits(**options: object) -> Callable[[], Any]:
    def made() -> Any:  # noqa: ANN401 - of a library that takes seconds to import
        import transformers  # noqa: PLC0415 - as above

        return transformers.BitsAndBytesConfig(**options)

    return made


def _whole() -> Any:  # noqa: ANN401 - as above
    import transformers  # noqa: PLC0415 - as above
    from torchao.quantization import Int8WeightOnlyConfig  # pyrefly: ignore[missing-import] # noqa: PLC0415 - an extra

    return transformers.TorchAoConfig(quant_type=Int8WeightOnlyConfig())


WAYS: Mapping[str, Way] = {
    "int8": Way(package="bitsandbytes", needs_cuda=True, made=_bits(load_in_8bit=True)),
    "nf4": Way(
        package="bitsandbytes",
        needs_cuda=True,
        made=_bits(load_in_4bit=True, bnb_4bit_quant_type="nf4"),
    ),
    "torchao-int8": Way(package="torchao", needs_cuda=False, made=_whole),
}


def configured(name: str, device: str) -> Any | None:  # noqa: ANN401 - as above
    """Return what `from_pretrained` takes as `quantization_config`; None for no name.

    None also for int8 on a CPU, which is the decoder's own work (`linear.Short`).

    Raises Unusable with what is missing.
    """
    if not name or (name, device) == ("int8", "cpu"):
        return None
    way = WAYS[name]
    if way.needs_cuda and device != "cuda":
        raise Unusable(f"quantization = {name!r} needs a CUDA device, and this is a {device}.")
    if find_spec(way.package) is None:
        told = f"quantization = {name!r} needs the package {way.package}, which is not installed"
        raise Unusable(f"{told}: pip install {way.package}.")
    return way.made()
