"""The checks: each finds one kind of trouble and decides nothing."""

from moderation.checks.image import Unclassified
from moderation.checks.links import Links
from moderation.checks.pii import Pii
from moderation.checks.secrets import Secrets
from moderation.checks.slack import SlackSyntax
from moderation.gate import Check


def standard() -> tuple[Check, ...]:
    """Return the checks that every workspace runs, in the order in which they are reported."""
    return (Secrets(), Pii(), SlackSyntax(), Links(), Unclassified())
