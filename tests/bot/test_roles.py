import itertools
import logging
from dataclasses import dataclass, replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.roles import (
    GRANTS,
    KEPT_S,
    MOST,
    RETRY_S,
    SHARED_KEPT_S,
    WITHHELD,
    Access,
    Action,
    Everybody,
    Granted,
    Kept,
    People,
    Person,
    Role,
    Roles,
    allowed,
)
from generators.draft import Destination
from generators.sentences import language
from tests.bot.builders import ANA, BO, CHEN, request
from tests.bot.people import OTHER, TEAM, Town, but, plain, roles

ROLES: tuple[Role, ...] = get_args(Role)
ACTIONS: tuple[Action, ...] = get_args(Action)

MATRIX: dict[Role, str] = {
    #          ask review reply operate administer see_usage audit
    "user": "    yes no     no    no      no         no        no",
    "reviewer": "no  yes    no    no      no         no        no",
    "approver": "no  no     yes   no      no         no        no",
    "operator": "no  no     no    yes     no         no        no",
    "admin": "   no  no     no    yes     yes        yes       no",
    "auditor": " no  no     no    no      no         yes       yes",
}
MEMBER = Person(id=ANA, team=TEAM)
KINDS: dict[str, Person] = {
    "guest": replace(MEMBER, is_guest=True),
    "stranger": replace(MEMBER, team=OTHER),
    "stranger who is in no channel of ours": replace(MEMBER, is_stranger=True),
    "guest of another workspace": replace(MEMBER, team=OTHER, is_guest=True),
    "somebody of nowhere": replace(MEMBER, team=""),
    "bot": replace(MEMBER, is_bot=True),
    "somebody who left": replace(MEMBER, is_gone=True),
}
OPEN = Access(guests=True, strangers=True)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("role", ROLES)
def test_a_member_may_do_what_the_table_says_and_nothing_else(role: Role) -> None:
    said = dict(zip(ACTIONS, MATRIX[role].split(), strict=True))
    may = {action: allowed(MEMBER, {role}, action, Access(), {TEAM}) for action in ACTIONS}
    assert may == {action: word == "yes" for action, word in said.items()}


def test_somebody_may_do_everything_that_some_role_may() -> None:
    assert set().union(*GRANTS.values()) == set(ACTIONS)
    assert set(GRANTS) == set(ROLES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_from_outside_may_do_anything_whatever_their_roles(
    kind: str, action: Action
) -> None:
    assert not allowed(KINDS[kind], ROLES, action, Access(), {TEAM})


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("kind", "access"),
    [
        ("guest", Access(guests=True)),
        ("stranger", Access(strangers=True)),
        ("stranger who is in no channel of ours", Access(strangers=True)),
        ("somebody of nowhere", Access(strangers=True)),
        ("guest of another workspace", OPEN),
    ],
)
def test_those_who_are_let_in_may_ask_and_no_more(
    kind: str, access: Access, action: Action
) -> None:
    assert allowed(KINDS[kind], ROLES, action, access, {TEAM}) == (action == "ask")


@pytest.mark.parametrize("access", [Access(guests=True), Access(strangers=True)])
def test_a_guest_of_another_workspace_needs_both_doors_open(access: Access) -> None:
    assert not allowed(KINDS["guest of another workspace"], ROLES, "ask", access, {TEAM})


@pytest.mark.parametrize("kind", ["bot", "somebody who left"])
def test_no_setting_lets_in_a_bot_or_somebody_who_left(kind: str) -> None:
    assert not any(allowed(KINDS[kind], ROLES, action, OPEN, {TEAM}) for action in ACTIONS)


PERSONS = st.builds(
    Person,
    id=st.just(ANA),
    team=st.sampled_from([TEAM, OTHER, ""]),
    is_guest=st.booleans(),
    is_stranger=st.booleans(),
    is_bot=st.booleans(),
    is_gone=st.booleans(),
)
ACCESSES = st.builds(Access, guests=st.booleans(), strangers=st.booleans())
SOME_ROLES = st.sets(st.sampled_from(ROLES))


@given(PERSONS, SOME_ROLES, st.sampled_from(ACTIONS), ACCESSES)
def test_what_is_allowed_is_granted_to_a_role_of_a_member_or_asked_by_a_visitor(
    person: Person, has: set[Role], action: Action, access: Access
) -> None:
    if not allowed(person, has, action, access, {TEAM}):
        return
    granted = set().union(*(GRANTS[role] for role in has))
    visits = person.is_guest or person.is_stranger or person.team != TEAM
    assert action in granted
    assert not person.is_bot
    assert not person.is_gone
    assert not visits or action == "ask"
    assert access.guests or not person.is_guest
    assert access.strangers or not (person.is_stranger or person.team != TEAM)


@given(PERSONS, SOME_ROLES, SOME_ROLES, st.sampled_from(ACTIONS), ACCESSES)
def test_a_further_role_or_a_wider_door_takes_nothing_away(
    person: Person, has: set[Role], more: set[Role], action: Action, access: Access
) -> None:
    if allowed(person, has, action, access, {TEAM}):
        assert allowed(person, has | more, action, access, {TEAM})
        assert allowed(person, has, action, OPEN, {TEAM})


@given(PERSONS, SOME_ROLES, st.sampled_from(ACTIONS), ACCESSES)
def test_a_fact_against_somebody_never_helps_them(
    person: Person, has: set[Role], action: Action, access: Access
) -> None:
    if allowed(person, has, action, access, {TEAM}):
        return
    for fact in ("is_guest", "is_stranger", "is_bot", "is_gone"):
        assert not allowed(but(person, **{fact: True}), has, action, access, {TEAM})


async def test_roles_are_given_to_people_and_to_user_groups() -> None:
    town = Town(groups={"S01": frozenset({BO}), "S02": frozenset({CHEN})})
    given_to = Granted(reviewer=("S01", CHEN), admin=("S02",), auditor=(ANA,))
    asked = roles(town, given_to)
    may = {
        (who, action)
        for who, action in itertools.product((ANA, BO, CHEN), ACTIONS)
        if await asked.may(who, action) and action != "ask"
    }
    assert may == {
        (ANA, "see_usage"),
        (ANA, "audit"),
        (BO, "review"),
        (CHEN, "review"),
        (CHEN, "operate"),
        (CHEN, "administer"),
        (CHEN, "see_usage"),
    }
    assert given_to.groups == {"S01", "S02"}


async def test_everybody_of_the_own_workspace_is_a_user() -> None:
    town = Town()
    assert await roles(town).may(ANA, "ask")
    assert not await roles(town).may(ANA, "review")
    assert await roles(town).may(ANA, "review", also=("reviewer",))


async def test_nobody_may_anything_before_there_is_a_directory() -> None:
    given_to = Granted(admin=(ANA,), reviewer=(ANA,))
    assert not any([await Roles(granted=given_to).may(ANA, action) for action in ACTIONS])


async def test_a_group_that_is_not_read_gives_no_role_and_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    town, clock = Town(groups={"S01": frozenset({BO})}, silent={"S01"}), Clock()
    people = People(town, {TEAM}, clock)
    asked = Roles(granted=Granted(reviewer=("S01", CHEN)), people=people)
    assert not await asked.may(BO, "review")
    assert not await asked.may(BO, "review")
    assert await asked.may(CHEN, "review")
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert BO not in caplog.text
    town.silent.clear()
    clock.now += RETRY_S
    assert await asked.may(BO, "review")


async def test_somebody_of_whom_slack_tells_nothing_may_nothing() -> None:
    town = Town(silent={ANA})
    assert not await roles(town, access=OPEN).may(ANA, "ask")
    assert await roles(town, access=OPEN).denial(request()) == "who"


async def test_facts_count_for_some_minutes_and_a_press_asks_anew() -> None:
    town, clock = Town(), Clock()
    asked = Roles(people=People(town, {TEAM}, clock))
    assert await asked.may(ANA, "ask")
    town.is_now(ANA, is_gone=True)
    clock.now = KEPT_S - 1
    assert await asked.may(ANA, "ask")
    assert town.asked[ANA] == 1
    assert not await asked.may(ANA, "ask", fresh=True)
    assert not await asked.may(ANA, "ask")
    clock.now = 2 * KEPT_S
    town.is_now(ANA, is_gone=False)
    assert await asked.may(ANA, "ask")


async def test_a_press_reads_the_groups_anew() -> None:
    town = Town(groups={"S01": frozenset({BO})})
    asked = roles(town, Granted(reviewer=("S01",)))
    assert await asked.may(BO, "review")
    town.groups["S01"] = frozenset()
    assert not await asked.may(BO, "review", fresh=True)


async def test_what_fails_is_raised_and_not_remembered() -> None:
    town = Town(trouble=TimeoutError())
    asked = roles(town)
    with pytest.raises(TimeoutError):
        await asked.may(ANA, "ask")
    town.trouble = None
    assert await asked.may(ANA, "ask")


async def test_what_is_remembered_has_a_bound() -> None:
    town = Town()
    kept = Kept(town.person, KEPT_S, Clock())
    for number in range(MOST + 1):
        assert await kept.get(f"U{number}") == plain(f"U{number}")
    await kept.get(f"U{MOST}")
    await kept.get("U1")
    assert town.asked[f"U{MOST}"] == town.asked["U1"] == 1
    await kept.get("U0")
    assert town.asked["U0"] == 2


@pytest.mark.parametrize(
    ("access", "team", "channel", "denial"),
    [
        (Access(), TEAM, "C1", None),
        (Access(), "", "C1", None),
        (Access(), OTHER, "C1", "who"),
        (Access(strangers=True), OTHER, "C1", None),
        (Access(teams=(OTHER,), strangers=True), OTHER, "C1", None),
        (Access(teams=("T9X",)), TEAM, "C1", "who"),
        (Access(channels=("C12",)), TEAM, "C1", "where"),
        (Access(channels=("C12",)), TEAM, "C12", None),
        (Access(channels=("C12",)), TEAM, "D1", None),
        (Access(channels=("C12",)), TEAM, ANA, None),
        (Access(channels=("C12",)), OTHER, "C1", "who"),
    ],
)
async def test_a_request_is_judged_by_who_asks_and_where(
    access: Access, team: str, channel: str, denial: str | None
) -> None:
    asked = request(team=team, reply_to=Destination(channel=channel))
    assert await roles(Town(), access=access).denial(asked) == denial


async def test_another_workspace_can_be_let_in() -> None:
    asked = roles(Town(people={ANA: Person(id=ANA, team=OTHER)}), access=Access(teams=(OTHER,)))
    assert await asked.denial(request(team=OTHER)) is None
    assert await asked.denial(request(team=TEAM, user=BO)) == "who"


async def test_an_outsider_is_denied_without_a_question_to_slack() -> None:
    town = Town()
    assert await roles(town).denial(request(team=OTHER)) == "who"
    assert not town.asked


@pytest.mark.parametrize("kind", KINDS)
async def test_whatever_the_envelope_says_slack_is_asked_who_somebody_is(kind: str) -> None:
    town = Town(people={ANA: KINDS[kind]})
    assert await roles(town).denial(request(team=TEAM)) == "who"


@pytest.mark.parametrize(
    ("access", "shared", "hidden"),
    [
        (Access(), None, False),
        (Access(), {TEAM}, False),
        (Access(), {TEAM, OTHER}, True),
        (Access(teams=(TEAM, OTHER)), {TEAM, OTHER}, False),
        (Access(strangers=True), {TEAM, OTHER}, False),
    ],
)
async def test_a_channel_is_shared_when_others_read_it_who_may_not(
    access: Access, shared: set[str] | None, *, hidden: bool
) -> None:
    town = Town(shared={"C1": frozenset(shared)} if shared else {})
    assert await roles(town, access=access).is_shared("C1") is hidden


@pytest.mark.parametrize(("channel", "denied"), [("C1", "where"), ("C12", None)])
async def test_what_is_asked_about_a_thread_counts_as_asked_there(
    channel: str, denied: str | None
) -> None:
    about = Destination(channel=channel, thread_ts="1.5")
    asked = request(team=TEAM, reply_to=Destination(channel=ANA), about=about)
    assert await roles(access=Access(channels=("C12",))).denial(asked) == denied


async def test_a_channel_that_nobody_tells_about_counts_as_shared() -> None:
    assert await roles(Town(silent={"C1"})).is_shared("C1")


@pytest.mark.parametrize("channel", ["D1", ANA, "W1"])
async def test_direct_messages_are_never_shared(channel: str) -> None:
    town = Town(silent={channel})
    assert not await roles(town).is_shared(channel)
    assert not town.asked


async def test_who_reads_a_channel_is_asked_again_soon() -> None:
    town, clock = Town(), Clock()
    asked = Roles(people=People(town, {TEAM}, clock))
    assert not await asked.is_shared("C1")
    town.shared["C1"] = frozenset({TEAM, OTHER})
    assert not await asked.is_shared("C1")
    clock.now = SHARED_KEPT_S
    assert await asked.is_shared("C1")


@pytest.mark.parametrize("prompt", ["How long do refunds take?", "退款需要多久？", ""])
def test_nothing_that_an_outsider_typed_is_kept_but_its_language(prompt: str) -> None:
    asked = request(prompt, team=OTHER, flags={"said": "canary-11"})
    kept = roles().at_the_door(asked)
    assert kept == replace(asked, prompt=WITHHELD[language(prompt)], flags={})
    assert language(kept.prompt) == language(prompt)


@pytest.mark.parametrize("team", [TEAM, "", "E0GRID"])
def test_whoever_may_belong_here_is_let_in_as_they_are(team: str) -> None:
    asked = request("退款？", team=team, flags={"tone": "formal"})
    assert roles().at_the_door(asked) is asked


def test_before_the_own_workspace_is_known_nobody_is_an_outsider() -> None:
    assert not Roles().is_outsider(OTHER)
    assert Roles(access=Access(teams=(TEAM,))).is_outsider(OTHER)


async def test_a_terminal_lets_everybody_in() -> None:
    assert await Everybody().denial(request()) is None
    assert not await Everybody().is_shared("C1")


@pytest.mark.parametrize("role", ["reviewer", "operator", "admin", "auditor"])
@pytest.mark.parametrize("odd", ["ana", "@ana", "", "C0123", "u0ana", "U0ANA ", "U", "\uff350ANA"])
def test_a_role_is_given_to_ids_only(role: str, odd: str) -> None:
    with pytest.raises(ValidationError, match="is not the Slack id of a person"):
        Granted.model_validate({role: (odd,)})


@pytest.mark.parametrize(
    ("key", "odd"), [("teams", "acme"), ("teams", "C01"), ("channels", "#x"), ("channels", "D01")]
)
def test_access_is_given_by_ids_only(key: str, odd: str) -> None:
    with pytest.raises(ValidationError, match="is not the id of a"):
        Access.model_validate({key: (odd,)})


@pytest.mark.parametrize("model", [Granted, Access])
def test_an_unknown_key_is_refused(model: type[Granted] | type[Access]) -> None:
    with pytest.raises(ValidationError, match="extra"):
        model.model_validate({"owner": ("U01",)})


async def test_of_somebody_who_has_changed_it_is_asked_anew_at_once() -> None:
    town = Town(groups={"S1": frozenset({ANA})})
    asked = roles(town, Granted(auditor=("S1",)))
    assert await asked.may(ANA, "audit")
    town.is_now(ANA, is_gone=True)
    assert await asked.may(ANA, "audit")  # what is known counts for a while
    asked.people.forget(ANA)
    assert not await asked.may(ANA, "audit")
    town.is_now(ANA, is_gone=False)
    town.groups["S1"] = frozenset()
    asked.people.forget(ANA)
    assert await asked.may(ANA, "audit")
    asked.people.forget("S1")
    assert not await asked.may(ANA, "audit")
    asked.people.forget("U404")
