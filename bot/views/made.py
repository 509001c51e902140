"""What says of an answer who made it: the beginning of its footer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.views.notices import Notice
from generators.draft import BUILT_IN, is_built_in
from generators.retouch import CUT_OUT, LANCZOS
from generators.sentences import Language

_OWN: Final[Mapping[str, Notice]] = MappingProxyType(
    {BUILT_IN: Notice.BUILT_IN, LANCZOS: Notice.ENLARGED, CUT_OUT: Notice.BACKGROUND_CUT}
)
"""What works with no model, by what stands for the model in its cost."""


def made_by(model: str, speech: Language) -> tuple[str, ...]:
    """Return the parts of a footer that say who made it; none for what the bot says by itself.

    >>> made_by("tiny", "zh"), made_by("atelier", "en")
    (('AI 生成', 'tiny'), ())
    """
    if model in {"", "atelier"}:
        return ()
    if is_built_in(model):
        return (_OWN[model].text(speech) if model in _OWN else model,)
    return (Notice.AI_GENERATED.text(speech), model)
