import pytest
from pydantic import ValidationError

from moderation.policy import Action, Direction, Policy


@pytest.mark.parametrize(
    ("category", "direction", "action"),
    [
        ("secret.github", Direction.INPUT, Action.REDACT),
        ("secret.github", Direction.OUTPUT, Action.REDACT),
        ("pii.phone", Direction.INPUT, Action.REDACT),
        ("slack.broadcast", Direction.OUTPUT, Action.REDACT),
        ("slack.broadcast", Direction.INPUT, Action.HOLD),
        ("image.unclassified", Direction.OUTPUT, Action.HOLD),
        ("image.nude", Direction.OUTPUT, Action.HOLD),
        ("secretly", Direction.OUTPUT, Action.HOLD),
        ("", Direction.OUTPUT, Action.HOLD),
    ],
)
def test_the_default_acts_by_the_first_word_and_holds_what_it_does_not_know(
    category: str, direction: Direction, action: Action
) -> None:
    assert Policy().action(category, direction) is action


def test_what_the_settings_do_not_name_stays_as_it_was() -> None:
    policy = Policy(output={"pii": Action.BLOCK, "harm": Action.HOLD})
    actions = [policy.action(name, Direction.OUTPUT) for name in ("pii.ip", "harm.x", "secret.x")]
    assert actions == [Action.BLOCK, Action.HOLD, Action.REDACT]
    assert policy.action("pii.ip", Direction.INPUT) is Action.REDACT


def test_the_longest_name_wins() -> None:
    policy = Policy.model_validate(
        {"output": {"pii": "redact", "pii.ip": "allow", "pii.ip.private": "block"}}
    )
    actions = [
        policy.action(name, Direction.OUTPUT) for name in ("pii.x", "pii.ip.v4", "pii.ip.private")
    ]
    assert actions == [Action.REDACT, Action.ALLOW, Action.BLOCK]


@pytest.mark.parametrize(
    "table",
    [
        {"outptu": {}},
        {"output": {"pii": "shrug"}},
        {"output": {"pii": 0}},
        {"max_chars": 0},
        {"check_timeout_s": 0},
    ],
)
def test_a_mistake_in_the_settings_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(table)


def test_the_hash_changes_with_every_rule_and_with_nothing_else() -> None:
    rules = [
        Policy(),
        Policy(output={"pii": Action.BLOCK}),
        Policy(input={"pii": Action.BLOCK}),
        Policy(allow=frozenset({"help@shop.test"})),
        Policy(max_chars=10),
    ]
    assert len({policy.sha256 for policy in rules}) == len(rules)
    assert Policy(check_timeout_s=1).sha256 == Policy().sha256
    swapped = {"a": Action.HOLD, "b": Action.BLOCK}, {"b": Action.BLOCK, "a": Action.HOLD}
    assert len({Policy(output=output).sha256 for output in swapped}) == 1
