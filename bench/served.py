"""`python -m bench.served SHAPE --device cuda`: our engine with a random model that is on no disk.

Prints the line that the engine prints. For a device whose memory is filled faster than a disk.
"""

import argparse
import json
from collections.abc import Sequence
from typing import Any

import torch
from typing_extensions import override

from bench.models import SHAPES, built, tokenizer
from generators.engine.__main__ import bind
from generators.engine.cache import Segment
from generators.engine.language import LanguageModel
from generators.engine.options import EngineSettings
from generators.engine.roster import Roster
from generators.engine.serving import EngineServer
from generators.engine.slot import Slot
from generators.engine.steppers import stepper


class Cracked:
    """A model that fails at every step with a prompt in which there is a certain token."""

    def __init__(self, inner: Any, token: int) -> None:  # noqa: ANN401 - a stepper
        """Take a stepper, and the token."""
        self._inner = inner
        self._token = token

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of the stepper
        """Be like it in everything else."""
        return getattr(self._inner, name)

    def step(self, segments: Sequence[Segment]) -> torch.Tensor:
        """Compute, or fail."""
        if any(len(one.tokens) > 1 and self._token in one.tokens for one in segments):
            raise RuntimeError("it is cracked")
        return self._inner.step(segments)


class Built(Slot[Any, Any]):
    """A slot whose model is made, not loaded."""

    device = "cuda"
    crack = ""

    @override
    def _load(self) -> LanguageModel:
        shape = SHAPES[str(self.id)]
        dtype = torch.bfloat16 if self.device == "cuda" else torch.float32

        def make() -> Any:  # noqa: ANN401 - of transformers
            return built(shape, device=self.device, dtype=dtype)

        model = make()
        config = model.generation_config
        words = tokenizer(shape.vocabulary)
        made: Any = stepper(model, make, self._settings)
        if self.crack:
            made = Cracked(made, words(self.crack)["input_ids"][0])
        return LanguageModel(made, config, reader=words, writer=words, context_tokens=shape.context)


def main() -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="bench.served", description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--room-tokens", type=int, default=65536)
    parser.add_argument("--triton", action="store_true")
    parser.add_argument("--crack", default="", help="prompts with this break their step")
    options = parser.parse_args()
    Built.device = options.device
    Built.crack = options.crack
    settings = EngineSettings(
        text=options.shape, waiting=256, room_tokens=options.room_tokens, triton=options.triton
    )
    roster = Roster(settings)
    roster.text.__class__ = Built
    listener = bind(0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    greeting = json.dumps({"url": url, "models": {"text": options.shape}})
    EngineServer(roster, greeting, drain_s=0).run(sockets=[listener])


if __name__ == "__main__":
    main()
