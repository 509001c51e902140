"""`python -m tests.generators.engine.hanging`: an engine with a model that hangs.

A device that does not come back cannot be had in a test, so this stands for one.
"""

import threading
from typing import Any

from typing_extensions import override

from generators.engine import __main__ as entry
from generators.engine import roster


class HangingSlot(roster.Slot[Any, Any]):
    """Loads the real model, and lets its third step hang."""

    @override
    def _load(self) -> Any:
        model = super()._load()
        if self.kind == "text":
            stepper, steps = model.stepper, 0
            step = stepper.step

            def hangs(segments: Any) -> Any:
                nonlocal steps
                steps += 1
                if steps == 3:
                    threading.Event().wait()
                return step(segments)

            stepper.step = hangs
        return model


if __name__ == "__main__":
    roster.Slot = HangingSlot  # in this process only
    raise SystemExit(entry.main())
