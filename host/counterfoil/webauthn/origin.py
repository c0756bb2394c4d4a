"""Who asks: origins in the one spelling that browsers use, and the RP id that belongs to each.   WHATWG HTML, URL

Browsers hand out serialised origins, so nothing is normalised here: another spelling is another origin, and refused.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from counterfoil.errors import InvalidEncoding
from counterfoil.types import Origin

_SITE = re.compile(r"(https?)://(\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::([1-9][0-9]{0,4}))?\Z")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}\Z")
_CHROMIUM = re.compile(r"chrome-extension://[a-p]{32}\Z")
_FIREFOX = re.compile(r"moz-extension://[a-p]{64}\Z")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_IPV4_LAST = re.compile(r"([0-9]+|0x[0-9a-f]*)\Z")


def parse_origin(text: str) -> Origin:
    """A site's origin that a wallet may speak to: https, or http on this computer.

    Standard: WHATWG HTML §7.1.1 (serialisation), URL §3; Secure Contexts §3.1
    In:       text as the browser gives it in ``sender.origin``
    Out:      the same text
    Raises:   InvalidEncoding(reason=opaque|form|scheme|port|host)
    Vectors:  tests/vectors/webauthn/origins.json
    """
    if text == "null":
        raise InvalidEncoding("This page has no origin of its own.", reason="opaque")
    match = _SITE.match(text) if len(text) <= 280 else None
    if match is None:
        raise InvalidEncoding("This is not the origin of a site.", reason="form")
    scheme, host, port = match.groups()
    if port is not None and (int(port) == _DEFAULT_PORTS[scheme] or int(port) > 65535):
        raise InvalidEncoding("This origin has a port that browsers don't write.", reason="port")
    _check_host(host)
    if scheme == "http" and not _is_this_computer(host):
        raise InvalidEncoding("This site is not protected by https.", reason="scheme")
    return Origin(text)


def parse_extension_origin(text: str) -> Origin:
    """The origin that the wallet's own pages sign with; never a site's.

    Standard: Chromium (id of 32 letters a-p); Firefox (64 letters, a hash of the add-on's id, not the install's UUID)
    In:       ``chrome-extension://ID`` or ``moz-extension://ID``
    Out:      the same text
    Raises:   InvalidEncoding(reason=form)
    Vectors:  tests/vectors/webauthn/origins.json
    """
    if not _CHROMIUM.match(text) and not _FIREFOX.match(text):
        raise InvalidEncoding("This is not the origin of an extension.", reason="form")
    return Origin(text)


def can_assert(origin: Origin) -> bool:
    """Whether a page of this origin can use passkeys at all: WebAuthn wants a domain, so addresses in figures can't.

    Standard: WebAuthn L3 §5.1.3 step 7, §5.1.4 (effective domain)
    In:       an origin from ``parse_origin`` or ``parse_extension_origin``
    Out:      bool, never raises
    Vectors:  tests/vectors/webauthn/origins.json
    """
    try:
        rp_id_of(origin)
    except InvalidEncoding:
        return False
    return True


def rp_id_of(origin: Origin) -> str:
    """The RP id of passkeys made in pages of this origin: a site's exact host, and never a parent domain of it.

    Standard: WebAuthn L3 §5.1.3; an extension's own RP id on Chromium has the scheme, on Firefox it borrows localhost
    In:       an origin from ``parse_origin`` or ``parse_extension_origin``
    Out:      ``app.example``, ``chrome-extension://ID``, ``localhost``
    Raises:   InvalidEncoding(reason=host and those of ``parse_origin``)
    Vectors:  tests/vectors/webauthn/origins.json
    """
    if _CHROMIUM.match(origin):
        return origin
    if _FIREFOX.match(origin):
        return "localhost"
    host = _host(parse_origin(origin))
    if _address(host) is not None:
        raise InvalidEncoding("A page without a domain name can't use passkeys.", reason="host")
    return host


def registrable_domain_hint(origin: Origin) -> str:
    """The part of the host that someone had to register, to print in bold. A hint for eyes; nothing is decided by it.

    Standard: the Public Suffix List's algorithm, on the copy inside ``fido2``
    In:       an origin from ``parse_origin``
    Out:      ``example.co.uk`` for ``https://app.example.co.uk``; the whole host where there is no such part
    Raises:   InvalidEncoding
    Vectors:  tests/vectors/webauthn/origins.json
    """
    host = _host(parse_origin(origin))
    if _address(host) is not None:
        return host
    labels = host.split(".")
    names = [_decode_label(label) for label in labels]
    rules = _suffix_rules()
    for start in range(len(labels)):
        name = ".".join(names[start:])
        wildcard = ".".join(["*", *names[start + 1 :]])
        if f"!{name}" in rules:
            return ".".join(labels[start:])
        if name in rules or wildcard in rules:
            return ".".join(labels[max(start - 1, 0) :])
    return ".".join(labels[-2:])


def _host(origin: Origin) -> str:
    match = _SITE.match(origin)
    assert match is not None
    return str(match.group(2))


def _check_host(host: str) -> None:
    if _address(host) is not None:
        return
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels) or _IPV4_LAST.match(labels[-1]):
        raise InvalidEncoding("This is not the name of a site.", reason="host")
    for label in labels:
        if label.startswith("xn--") and _decode_label(label).isascii():
            raise InvalidEncoding("This site's name is not spelt as browsers spell it.", reason="host")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that the host is, if it is spelt as browsers spell it."""
    if host.startswith("["):
        try:
            six = ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise InvalidEncoding("This is not the name of a site.", reason="host") from None
        if six.ipv4_mapped is not None or six.compressed != host[1:-1]:
            raise InvalidEncoding("This address is not spelt as browsers spell it.", reason="host")
        return six
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        return None


def _is_this_computer(host: str) -> bool:
    address = _address(host)
    return address.is_loopback if address is not None else host == "localhost" or host.endswith(".localhost")


def _decode_label(label: str) -> str:
    """A label's Unicode form, for looking it up; the label itself where it isn't Punycode or not the canonical one."""
    if not label.startswith("xn--"):
        return label
    try:
        text = label[4:].encode().decode("punycode")
        return text if text.isprintable() and text.encode("punycode").decode() == label[4:] else label
    except (UnicodeError, OverflowError, ValueError):
        return label


@lru_cache(maxsize=1)
def _suffix_rules() -> frozenset[str]:
    from fido2.rpid import suffixes  # reads a file of 300 kB: only when a window is drawn

    return frozenset(suffixes)
