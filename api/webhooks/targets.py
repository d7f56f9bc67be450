"""Where a webhook may point: never into this deployment's own networks.

The URL is checked when it is given and again before each sending; the addresses behind its name only when a connection is
made, since a name may lead elsewhere by then.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

LONGEST_URL = 2_000

_REFUSED_V4 = {
    ip_network(network): what
    for network, what in {
        "0.0.0.0/8": "this network",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "shared by a carrier",
        "127.0.0.0/8": "loopback",
        "168.63.129.16/32": "a cloud's own",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "reserved",
        "192.0.2.0/24": "for documentation",
        "192.88.99.0/24": "a relay",
        "192.168.0.0/16": "private",
        "198.18.0.0/15": "for benchmarks",
        "198.51.100.0/24": "for documentation",
        "203.0.113.0/24": "for documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
_GLOBAL_V6 = ip_network("2000::/3")
_REFUSED_V6 = {
    ip_network(network): what
    for network, what in {
        "2001::/23": "reserved",
        "2001:db8::/32": "for documentation",
        "2002::/16": "a relay",
        "3fff::/20": "for documentation",
    }.items()
}
_TRANSLATED = ip_network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last four bytes are an address of IPv4."""


class RefusedTarget(ValueError):
    """A URL or an address that webhooks are not sent to; the message says why, such as ``is private``."""


def check_url(text: str, *, allow_loopback: bool) -> httpx.URL:
    """The URL, if a webhook may have it. ``allow_loopback`` is for development: then http may go to this machine."""
    if not 1 <= len(text) <= LONGEST_URL or not text.isprintable() or " " in text:
        raise RefusedTarget(f"must be a URL of at most {LONGEST_URL} printable characters")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise RefusedTarget("is not a URL") from None
    host = url.raw_host.decode("ascii")
    if url.scheme not in ("http", "https") or not host:
        raise RefusedTarget("must begin with https:// and a host")
    if url.port is not None and not 1 <= url.port <= 65_535:
        raise RefusedTarget("must have a port from 1 to 65535")
    if url.userinfo:
        raise RefusedTarget("must hold no user and no password; a receiver knows us by the signature")
    if "#" in text:
        raise RefusedTarget("must hold no fragment")
    loopback = _is_loopback(host)
    if url.scheme == "http" and not (allow_loopback and loopback):
        raise RefusedTarget("must begin with https://")
    if loopback and not allow_loopback:
        raise RefusedTarget("leads to this machine itself")
    if (address := _literal(host)) is not None:
        check_address(address, allow_loopback=allow_loopback)
    return url


def check_address(address: IPv4Address | IPv6Address, *, allow_loopback: bool) -> None:
    """Raises `RefusedTarget` for an address that is not public, whatever form it is written in."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return check_address(address.ipv4_mapped, allow_loopback=allow_loopback)
        if address in _TRANSLATED:
            return check_address(IPv4Address(address.packed[-4:]), allow_loopback=False)
    if allow_loopback and address.is_loopback:
        return None
    if isinstance(address, IPv6Address) and address not in _GLOBAL_V6:
        raise RefusedTarget(f"leads to {address}, which is not public")
    refused = _REFUSED_V4 if isinstance(address, IPv4Address) else _REFUSED_V6
    for network, what in refused.items():
        if address in network:
            raise RefusedTarget(f"leads to {address}, which is {what}")
    return None


def _is_loopback(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _literal(host)
    return address is not None and address.is_loopback


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
