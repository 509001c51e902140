"""Who may be shown what: the one rule for every search."""

from collections.abc import Collection


def may_read(channels: Collection[str], shared: Collection[str] | None) -> bool:
    """Say whether every reader of a destination may read a source.

    `channels` are those whose members may read the source; none means that everybody may.
    `shared` are the channels that every reader of the destination is a member of: for an answer in
    a channel that channel, for a direct message all that the person is in. None means an operator,
    who reads the files anyway. Where nothing is known of the readers, `shared` is empty.

    >>> may_read((), ()), may_read(("C1",), ()), may_read(("C1", "C2"), ("C2",))
    (True, False, True)
    """
    return not channels or shared is None or not set(channels).isdisjoint(shared)
