"""What a fault does to the app itself: connections, tokens, memberships, features.

A rule that names no call and no envelope does it at once, another one when it fires.
"""

from workspace import membership, payloads
from workspace.faults import BadFault, Effect
from workspace.people import APP_TOKEN, BOT_TOKEN, BOT_USER
from workspace.state import Workspace

REMOVER = "U0CHEN"
"""Who removes the bot: the admin of the default cast."""


def check(ws: Workspace, effect: Effect) -> None:
    """Raise BadFault for a token or a channel that does not exist."""
    known = effect.revoke in {None, APP_TOKEN} or ws.directory.owner(str(effect.revoke)) is not None
    if not known:
        raise BadFault("effect.revoke is no token of this workspace")
    if effect.remove_from is not None and ws.directory.channel(effect.remove_from) is None:
        raise BadFault(f"effect.remove_from: there is no channel {effect.remove_from!r}")


async def happen(ws: Workspace, effect: Effect) -> None:
    """Do what the effect says."""
    if effect.streaming is not None:
        ws.faults.streaming = effect.streaming
    if effect.pong is not None:
        ws.faults.pong = effect.pong
    if effect.remove_from is not None:
        _remove(ws, effect.remove_from)
    if effect.revoke is not None:
        revoke(ws, effect.revoke)
    if effect.disconnect is not None:
        await ws.dispatcher.carrier.disconnect(effect.disconnect)


def revoke(ws: Workspace, token: str) -> None:
    """Make a token answer `token_revoked`, and tell the app.

    The app hears `tokens_revoked`, and `app_uninstalled` when it was the bot's, its last one.
    """
    owner = ws.directory.owner(token)
    ws.faults.revoked.add(token)
    if owner is not None:
        ws.announce(payloads.tokens_revoked(owner.id, is_bot=owner.is_bot))
    if token == BOT_TOKEN:
        ws.announce({"type": "app_uninstalled"})


def _remove(ws: Workspace, name: str) -> None:
    """Take the bot out of a channel, as a person who removes it does."""
    channel = ws.directory.channel(name)
    if channel is None or BOT_USER not in channel.members:
        return
    membership.leave(ws, channel, ws.directory.users[BOT_USER], REMOVER)
