"""Every row of the tables: a value drawn for it is found wherever it stands, a stand-in is not."""

import re
from itertools import product

import pytest

from generators.draft import Text
from moderation.checks.commands import COMMANDS
from moderation.checks.places import PLACES
from moderation.checks.prefixes import PREFIXED
from moderation.checks.rules import Rule, beside, expanded, starts
from moderation.checks.secrets import Secrets
from moderation.checks.vendors import VENDORS
from moderation.policy import Direction
from tests.moderation.planted import seeded
from tests.moderation.sampling import sampled

CHECK = Secrets()
BARE = ("{}", "here is the key {} thanks", "令牌：{}。", "TOKEN={}\n", '{{"token": "{}"}}')
NAMED = (
    "my {n} token is {v} ok",
    '{n}_token = "{v}"',
    "{n}Token: {v}",
    "export {N}_API_KEY={v}\n",
    "<{n}Token>\n  {v}\n</{n}Token>",
    '{{"{n}_secret": "{v}"}}',
    '"{{\\"{n}_token\\": \\"{v}\\"}}"',
    '{n}_token => "{v}"',
    'var {n}Token string = "{v}"',
    '{N}_TOKEN ?= "{v}"',
    "{N}_TOKEN :::= '{v}'",
    "{n}Token := `{v}`",
)
SHARE = 0.95
"""Of drawn values that must be found: a few of them look like words or like stand-ins."""


def ids(rules: tuple[Rule, ...]) -> list[str]:
    return [f"{rule.kind}-{number}" for number, rule in enumerate(rules)]


def found(text: str) -> str:
    return "".join(text[f.start : f.end] for f in CHECK.inspect(Text(text), Direction.OUTPUT))


def pattern_of(rule: Rule) -> str:
    """Return the whole pattern of a rule that tells itself, its beginning too."""
    either = "|".join(map(re.escape, rule.prefixes))
    return f"((?:{either}){rule.pattern})" if either else rule.pattern


def value_of(rule: Rule) -> str:
    """Return the part of a vendor's pattern that is the value."""
    inside = re.search(r"\((?P<value>(?:[^()]|\([^()]*\))*)\)\(\?:\[\^", rule.pattern)
    assert inside
    return f"({inside['value']})"


def missed(rules: tuple[Rule, ...], forms: tuple[str, ...], *, each: int) -> list[str]:
    """Return the texts in which a drawn value of a self-telling rule was not found."""
    random = seeded(len(forms))
    texts = [
        (form.format(text.strip()), secret)
        for rule, form, _ in product(rules, forms, range(each))
        for text, secret in [sampled(pattern_of(rule), random)]
    ]
    return [text for text, secret in texts if secret not in found(text)]


def missed_beside(rules: tuple[Rule, ...], forms: tuple[str, ...], *, each: int) -> list[str]:
    random = seeded(len(forms))
    texts = []
    for rule, form, _ in product(rules, forms, range(each)):
        _, secret = sampled(value_of(rule), random)
        texts.append((form.format(n=rule.kind, N=rule.kind.upper(), v=secret), secret))
    return [text for text, secret in texts if secret not in found(text)]


def test_there_are_two_hundred_rules_and_most_tell_themselves() -> None:
    assert len(PREFIXED) + len(VENDORS) > 250
    assert len(PREFIXED) > 150
    assert len({rule.kind for rule in (*PREFIXED, *VENDORS)}) > 150


def test_a_token_of_every_form_is_found_in_chat() -> None:
    assert len(missed(PREFIXED, BARE[1:2], each=1)) <= (1 - SHARE) * len(PREFIXED)


def test_a_value_beside_every_vendors_name_is_found() -> None:
    assert len(missed_beside(VENDORS, NAMED[:1], each=1)) <= (1 - SHARE) * len(VENDORS)


@pytest.mark.thorough
def test_every_form_is_found_in_every_surrounding() -> None:
    lost = missed(PREFIXED, BARE, each=4)
    assert len(lost) <= 0.02 * 4 * len(BARE) * len(PREFIXED), lost


@pytest.mark.thorough
def test_every_vendors_value_is_found_in_code_settings_and_chat() -> None:
    lost = missed_beside(VENDORS, NAMED, each=2)
    assert len(lost) <= 0.03 * 2 * len(NAMED) * len(VENDORS), lost


@pytest.mark.parametrize("rule", PREFIXED, ids=ids(PREFIXED))
def test_the_twin_that_nobody_drew_is_not_found(rule: Rule) -> None:
    text, secret = sampled(pattern_of(rule), seeded(rule.pattern))
    if len(secret) < 20:
        pytest.skip("too short to have a part that says what it is and one that was drawn")
    kept = len(secret) // 3
    for filling in ("x", "X", "*"):
        twin = secret[:kept] + filling * (len(secret) - kept)
        assert twin not in found(text.replace(secret, twin))


@pytest.mark.parametrize(
    "rule", [*PREFIXED, *VENDORS, *PLACES, *COMMANDS], ids=lambda rule: rule.kind
)
def test_every_rule_has_keywords_that_let_it_be_skipped(rule: Rule) -> None:
    assert rule.keywords
    assert all(word == word.lower() and word for word in rule.keywords)


@pytest.mark.parametrize("rule", PREFIXED, ids=ids(PREFIXED))
def test_a_token_has_one_of_its_keywords(rule: Rule) -> None:
    text, _ = sampled(pattern_of(rule), seeded(1))
    assert any(word in text.lower() for word in rule.keywords)


def test_shorthands_are_written_out() -> None:
    assert expanded("%w{3}%h") == "[0-9A-Za-z]{3}[0-9a-f]"
    assert starts("a", "x- Y-", "%d{4}").keywords == ("x-", "y-")
    assert "new-relic" in beside("new", "%d", names="new_relic").keywords
    assert "newrelic" in beside("new", "%d", names="new_relic").keywords


HEX_HASHES = (
    "github commit: {}",
    "github.com/org/repo/commit/{}",
    "bitbucket sha = {}",
    "sentry release {}",
    "heroku dyno {}",
    "codecov: {}",
    "snyk project {}",
    "etag: {}",
)


@pytest.mark.parametrize("form", HEX_HASHES)
@pytest.mark.parametrize(
    "value", ["0123abcd9f" * 4, "5f2b1c9e-8a4d-4c3b-9e7f-1a2b3c4d5e6f", "9f86d081884c7d65" * 4]
)
def test_a_hash_or_an_id_beside_a_vendors_name_is_none(form: str, value: str) -> None:
    assert not found(form.format(value))
