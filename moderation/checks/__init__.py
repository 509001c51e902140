"""The checks: each finds one kind of trouble and decides nothing."""

from moderation.checks.code import Programs
from moderation.checks.harm import Harm
from moderation.checks.image import Pictures
from moderation.checks.links import Links
from moderation.checks.pii import Pii
from moderation.checks.secrets import Secrets
from moderation.checks.slack import SlackSyntax
from moderation.checks.wordlists import WordLists
from moderation.finding import Check
from moderation.policy import Policy


def standard(policy: Policy | None = None) -> tuple[Check, ...]:
    """Return the checks that every workspace runs, with the lists of words of its policy."""
    lists = (WordLists(policy.words),) if policy and policy.words else ()
    return (SlackSyntax(), Links(), Secrets(), Pii(), *lists, Harm(), Programs(), Pictures())
