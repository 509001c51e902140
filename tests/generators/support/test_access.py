from hypothesis import given
from hypothesis import strategies as st

from generators.support.access import may_read

IDS = st.frozensets(st.sampled_from(["C1", "C2", "C3", "群"]))


@given(members=st.dictionaries(st.sampled_from(["C1", "C2", "C3"]), IDS), source=IDS, readers=IDS)
def test_every_reader_of_the_destination_may_read_the_source(
    members: dict[str, frozenset[str]], source: frozenset[str], readers: frozenset[str]
) -> None:
    shared = [channel for channel, people in members.items() if readers <= people]
    if source and may_read(source, shared):
        assert any(readers <= members[channel] for channel in source if channel in members)


def test_nobody_known_means_only_what_is_open() -> None:
    assert may_read((), ())
    assert not may_read(("C1",), ())
    assert may_read(("C1",), None)
