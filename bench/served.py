"""`python -m bench.served SHAPE --device cuda`: our engine with a random model that is on no disk.

Prints the line that the engine prints. For a device whose memory is filled faster than a disk.
"""

import argparse
import json
from typing import Any

import torch
from typing_extensions import override

from bench.models import SHAPES, built, tokenizer
from generators.engine.__main__ import bind
from generators.engine.language import LanguageModel
from generators.engine.options import EngineSettings
from generators.engine.roster import Roster, Slot
from generators.engine.serving import EngineServer
from generators.engine.steppers import stepper


class Built(Slot[Any, Any]):
    """A slot whose model is made, not loaded."""

    device = "cuda"

    @override
    def _load(self) -> LanguageModel:
        shape = SHAPES[str(self.id)]
        dtype = torch.bfloat16 if self.device == "cuda" else torch.float32

        def make() -> Any:  # noqa: ANN401 - of transformers
            return built(shape, device=self.device, dtype=dtype)

        model = make()
        config = model.generation_config
        words = tokenizer(shape.vocabulary)
        made = stepper(model, make, self._settings)
        return LanguageModel(made, config, reader=words, writer=words, context_tokens=shape.context)


def main() -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="bench.served", description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--room-tokens", type=int, default=65536)
    parser.add_argument("--triton", action="store_true")
    options = parser.parse_args()
    Built.device = options.device
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
