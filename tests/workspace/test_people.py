"""Finding people, channels and DMs by every name they have."""

from hypothesis import given
from hypothesis import strategies as st

from workspace.people import Channel, Directory, User

NAMES = st.text(st.characters(categories=["Ll", "Lo", "Nd"]), min_size=1, max_size=20)


def test_a_person_has_many_names() -> None:
    directory = Directory()
    ana = directory.users["U0ANA"]
    for name in ("U0ANA", "ana", "@ana"):
        assert directory.user(name) is ana
    assert directory.by_email("ANA@example.com") is ana
    assert directory.by_email("") is None
    assert directory.owner("xoxp-ana") is ana
    assert directory.user("nobody") is None
    assert directory.owner("xoxp-nobody") is None


def test_a_new_token_replaces_the_last() -> None:
    directory = Directory()
    ana = directory.users["U0ANA"]
    directory.issue(ana, "xoxp-new")
    assert directory.token_of(ana) == "xoxp-new"
    assert directory.owner("xoxp-new") is ana


def test_a_replaced_person_keeps_the_token() -> None:
    directory = Directory()
    directory.issue(directory.users["U0ANA"], "xoxp-new")
    directory.add_user(User(id="U0ANA", name="ana", real_name="Ana R", deleted=True))
    assert directory.token_of(directory.users["U0ANA"]) == "xoxp-new"
    assert directory.users["U0ANA"].deleted


def test_dms_are_found_by_their_people() -> None:
    directory = Directory()
    with_bot = directory.between(frozenset({"U0ATELIER", "U0ANA"}))
    assert with_bot is directory.channels["D0ANA"]
    party = Channel(id="G1", name="mpdm-1", members=["U0ANA", "U0BO"], is_mpim=True)
    directory.add_channel(party)
    assert directory.between(frozenset({"U0BO", "U0ANA"})) is party
    assert directory.between(frozenset({"U0BO"})) is None
    assert directory.channel("mpdm-1") is party


def test_what_a_channel_is() -> None:
    directory = Directory()
    types = {each.id: each.type for each in directory.channels.values()}
    assert types["C0GENERAL"] == "channel"
    assert types["C0REVIEWERS"] == "group"
    assert types["D0ANA"] == "im"
    party = Channel(id="G1", name="p", members=[], is_mpim=True, is_private=True)
    assert (party.type, party.is_public) == ("mpim", False)
    assert [each.id for each in directory.of(directory.users["U0ANA"])][-1] == "D0ANA"


@given(st.lists(NAMES, min_size=1, max_size=8, unique=True))
def test_the_last_name_is_the_only_one(names: list[str]) -> None:
    directory = Directory()
    channel = Channel(id="C1", name="before", members=[])
    directory.add_channel(channel)
    for name in names:
        if not directory.has_name(name):
            directory.rename(channel, name)
    assert directory.channel(f"#{channel.name}") is channel
    for name in channel.previous_names:
        assert name == channel.name or not directory.has_name(name)
