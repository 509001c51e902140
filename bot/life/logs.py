"""The bot's log lines (`generators.logs`): whose they are, and which errors may speak."""

from bot.settings import SettingsError
from generators import logs
from generators.logs import FIELDS, LIBRARY, Format, frames, last_words

__all__ = ["FIELDS", "LIBRARY", "LINES", "configure", "frames", "last_words"]

LINES = logs.Lines(ours=("bot", "bench", "generators", "moderation"), plain=(SettingsError,))
_CHATTY = ("bm25s", "slack_bolt", "atelier.bolt")


def configure(shape: Format) -> None:
    """Send all logs of this process to stderr: as JSON lines, or for people."""
    logs.configure(shape, LINES, "bot")
    for chatty in _CHATTY:
        logs.quiet(chatty)
