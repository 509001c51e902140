"""Addresses of mailboxes and machines: e-mail, IPv4, IPv6, MAC."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from moderation.checks.linear import finder

Spans = Iterator[tuple[int, int]]

_EMAIL: Final = finder(
    r"([0-9A-Za-z_\x{C0}-\x{24F}](?:[0-9A-Za-z._%+'\x{C0}-\x{24F}-]*[0-9A-Za-z_+\x{C0}-\x{24F}-])?"
    r"(?:@|\s?[\[({]\s?at\s?[\])}]\s?)"
    r"(?:[0-9A-Za-z\x{C0}-\x{24F}-]+(?:\.|\s?[\[({]\s?dot\s?[\])}]\s?))+[A-Za-z]{2,24})"
)
_IPV4: Final = re.compile(
    r"(?:(?<![0-9A-Za-z.])(?<![A-Za-z]/)|(?<=ip)|(?<=IP))(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}"
    r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?![0-9A-Za-z]|\.[0-9])"
)
_VERSION: Final = re.compile(
    r"(?:(?<![a-z])(?:version|ver|release|build|firmware|driver|kernel|headers|oid|identifier)|版本|版|"
    r"内核)[\s:号._=(\"'-]{0,6}\Z",
    re.IGNORECASE,
)
_VERSION_CHARS: Final = 18
_IPV6: Final = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f:.]{2,46}(?![0-9A-Za-z:])")
_MAC: Final = re.compile(
    r"(?:(?<![0-9A-Za-z])(?<![0-9A-Fa-f]{2}[:-])|(?<=MAC)|(?<=mac))"
    r"(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"
    r"|(?<![0-9A-Fa-f]{4}\.)[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})"
    r"(?![0-9A-Za-z]|[:-][0-9A-Fa-f]{2}|\.[0-9A-Fa-f]{4})"
)
_MAC_SIGNS: Final = 4
"""Fewest dots, counted twice, colons or hyphens in a text with a hardware address."""


def emails(text: str) -> Spans:
    """Yield mail addresses, also as `ana [at] shop [dot] com`; not `git@host:path`."""
    for address, start, end in _EMAIL(text):
        clone = address.startswith("git@") and text[end : end + 1] in {":", "/"}
        if not clone:
            yield start, end


def macs(text: str) -> Spans:
    """Yield hardware addresses in their three usual forms."""
    if max(text.count(":"), text.count("-"), 2 * text.count(".")) < _MAC_SIGNS:
        return iter(())
    return (match.span() for match in _MAC.finditer(text))


def ips(text: str) -> Spans:
    """Yield addresses of machines, private ones too; no version number and no loopback."""
    for match in _IPV4.finditer(text) if text.count(".") > 2 else ():  # noqa: PLR2004 - three dots
        before = text[max(0, match.start() - _VERSION_CHARS) : match.start()]
        if not _VERSION.search(before) and _names_a_machine(match[0]):
            yield match.span()
    for match in _IPV6.finditer(text) if text.count(":") > 1 else ():
        start, end = _unpunctuated(match)
        if text.count(":", start, end) > 1 and _names_a_machine(text[start:end]):
            yield start, end


def _unpunctuated(match: re.Match[str]) -> tuple[int, int]:
    """Return the span without the colon of "address:" before it and the stop after it."""
    found, start, end = match[0], *match.span()
    if found.startswith(":") and not found.startswith("::"):
        start += 1
    stripped = found.rstrip(".")
    end -= len(found) - len(stripped)
    if stripped.endswith(":") and not stripped.endswith("::"):
        end -= 1
    return start, end


def _names_a_machine(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mask = address.startswith("255.")
    nobodys = parsed.is_loopback or parsed.is_unspecified or mask
    return not nobodys and any(map(str.isdigit, address))
