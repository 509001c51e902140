"""Makes the sheet of several pictures, which carries the marks and says what is where."""

from dataclasses import dataclass, replace

from bot.marking import marked, origin_of
from bot.views.grid import described
from generators.draft import Draft, Grid
from generators.sentences import language
from moderation.grids import composed
from moderation.provenance.marks import Signing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """What the gate calls once it has judged every picture of a grid."""

    producer: str
    signer: Signing | None

    def __call__(self, draft: Draft, grid: Grid) -> Grid:
        """Return a grid with its sheet and its description."""
        made = composed(draft, grid)
        png = marked(made.png, draft, origin_of(draft, self.producer), self.signer)
        return replace(made, png=png, alt=described(grid, language(draft.request.prompt)))
