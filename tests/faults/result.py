"""How a trial ends, and what it came to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from tests.faults.crowd import deciding
from tests.faults.judge import Found, judged, settled
from tests.faults.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one trial came to."""

    what: str
    times: int
    asked: int
    found: Found
    extra: Mapping[str, int]
    """What else must be 0, by name."""
    wall_s: float = 0.0
    cpu_s: float = 0.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Return the result of what `asdict` made of one."""
        values: dict[str, Any] = {**given, "found": Found(**given["found"])}
        return cls(**values)

    @property
    def sound(self) -> bool:
        """Whether nothing was wrong."""
        return self.found.sound and not any(self.extra.values())

    @property
    def wrong(self) -> str:
        """What was wrong, in words."""
        counts = {name: n for name, n in {**asdict(self.found), **self.extra}.items() if n}
        return ", ".join(f"{name} {n}" for name, n in counts.items()) or "nothing wrong"

    def told(self) -> str:
        """Return it in a line."""
        took = f"{self.wall_s:.0f} s, {self.cpu_s:.0f} s of CPU"
        return f"{self.what}: {self.times} times, {self.asked} requests, {took}: {self.wrong}"

    def plus(self, other: "Result") -> "Result":
        """Add what another scene of the same trial came to."""
        names = {*self.extra, *other.extra}
        extra = {name: self.extra.get(name, 0) + other.extra.get(name, 0) for name in names}
        return replace(
            self,
            times=self.times + other.times,
            asked=self.asked + other.asked,
            found=self.found.plus(other.found),
            extra=extra,
            wall_s=self.wall_s + other.wall_s,
            cpu_s=self.cpu_s + other.cpu_s,
        )


def together(results: Sequence[Result]) -> Result:
    """Add up what several scenes of one trial came to."""
    first, *rest = results
    for each in rest:
        first = first.plus(each)
    return first


async def ended(scene: Scene, what: str, times: int, **extra: int) -> Result:
    """Let one healthy bot finish in good weather, then judge."""
    await scene.client.clear_faults()
    if not scene.alive:
        await scene.start().ready()
    async with deciding(scene):
        await settled(scene)
    await tidied(scene)
    for bot in scene.alive:
        await bot.stop()
    asked = len(scene.asks) + len(scene.commands)
    return Result(what=what, times=times, asked=asked, found=await judged(scene), extra=extra)


async def tidied(scene: Scene) -> None:
    """Start once more: that is when a bot looks for messages that it has twice."""
    for bot in scene.alive:
        await bot.stop()
    bot = scene.start()
    await bot.ready()

    async def looked() -> bool:
        return "spare messages were removed" in bot.logged()

    await scene.until(looked, 60, "the janitor has looked")
