"""What the books call the calls of models that judge; they answer no request."""

from typing import Final

GUARD_INPUT, GUARD_OUTPUT, CLASSIFY = "guard.input", "guard.output", "classify"
JUDGING: Final = frozenset({GUARD_INPUT, GUARD_OUTPUT, CLASSIFY})
