"""Find the address that rejected codes of a visitor are counted under.

allauth finds the address and knows the proxies. Its own rate limits then cut each IPv6
address to its first 64 bits. But on a socket that takes both kinds, 203.0.113.7 is
``::ffff:203.0.113.7``, and the first 64 bits are the same for all of IPv4: one attacker
with 20 bad codes would lock out every visitor. So that is not left to allauth.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from allauth import app_settings
from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from ..core.rare_warnings import warn_seldom

# Where the first 64 bits say nothing about the visitor: IPv4 in its last bits (RFC
# 4291, 2765, 6052 and 8215), or the neighbours on one cable.
_WHOLE = tuple(
    IPv6Network(each)
    for each in (
        "::/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "fe80::/10",
    )
)
_WITH_PORT = re.compile(r"\[([^]]*)\](?::\d*)?|([\d.]+):\d*")
_OF_PROXIES = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


def of_visitor(request: HttpRequest) -> str | None:
    """Return the visitor's address, an IPv6 one without what a visitor can choose.

    None if it is not known: on a Unix socket, or if the server sees its proxy's address
    only. Bad codes of one visitor must then not lock out another.
    """
    address = _parsed(_told(request))
    if address is None or _is_proxy(address, request):
        warn_seldom(
            "The client address of a request is not known, so its rejected codes are "
            "not limited, and parts of allauth such as allauth.usersessions may refuse "
            "its login. Behind a proxy, set ALLAUTH_TRUSTED_PROXY_COUNT or "
            "ALLAUTH_TRUSTED_CLIENT_IP_HEADER."
        )
        return None
    return _network(address)


def _told(request: HttpRequest) -> object:
    try:
        return get_adapter().get_client_ip(request)
    except (PermissionDenied, ImproperlyConfigured):
        # allauth's answers to no address at all, and to fewer proxies than expected.
        return None


def _parsed(text: object) -> IPv4Address | IPv6Address | None:
    plain = str(text).strip()
    if match := _WITH_PORT.fullmatch(plain):
        plain = match[1] or match[2]
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    return _ipv4_in(address) or address if address.version == 6 else address


def _ipv4_in(address: IPv6Address) -> IPv4Address | None:
    # A visitor with 6to4 has 65,536 networks of 64 bits. All visitors of one Teredo
    # server share one.
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo and teredo[1])


def _is_proxy(address: IPv4Address | IPv6Address, request: HttpRequest) -> bool:
    """Return whether the address is that of a proxy that the settings do not name.

    True for private addresses only: a visitor from the internet could send such a
    header to be counted nowhere.
    """
    is_peer = address == _parsed(request.META.get("REMOTE_ADDR"))
    is_told = any(header in request.headers for header in _OF_PROXIES)
    return is_peer and is_told and not address.is_global


def _network(address: IPv4Address | IPv6Address) -> str:
    if address.version == 4:
        return str(address)
    without_zone = IPv6Address(int(address))
    if any(without_zone in each for each in _WHOLE):
        return str(without_zone)
    prefix = getattr(app_settings, "RATE_LIMIT_IPV6_PREFIX", 64)
    return str(ip_network((int(without_zone), prefix), strict=False))
