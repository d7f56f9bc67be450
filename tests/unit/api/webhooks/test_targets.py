"""Where webhooks may go."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.webhooks.targets import LONGEST_URL, RefusedTarget, check_address, check_url

PUBLIC = [
    *("1.1.1.1", "93.184.215.14", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1"),
    *("2606:4700:4700::1111", "2a00:1450:4001:82f::200e", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"),
]
INSIDE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "127.0.0.1", "127.255.255.254", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "100.127.255.255"),
    *("168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "::7f00:1"),
    *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
    *("64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1"),
    *("2001::1", "2001:db8::1", "2002:a00:1::", "2002:7f00:1::1", "3fff::1", "4000::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("allow_loopback", [False, True])
def test_public_addresses_are_taken(address: str, allow_loopback: bool) -> None:
    check_address(ip_address(address), allow_loopback=allow_loopback)


@pytest.mark.parametrize("address", INSIDE)
def test_all_others_are_refused(address: str) -> None:
    with pytest.raises(RefusedTarget):
        check_address(ip_address(address), allow_loopback=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_loopback_can_be_switched_on_and_nothing_else(address: str) -> None:
    check_address(ip_address(address), allow_loopback=True)
    for other in ("10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "169.254.169.254", "fe80::1"):
        with pytest.raises(RefusedTarget):
            check_address(ip_address(other), allow_loopback=True)


@given(st.ip_addresses(v=4).map(IPv4Address))
def test_nothing_that_python_calls_private_gets_through_in_any_form(address: IPv4Address) -> None:
    forms: list[IPv4Address | IPv6Address] = [
        address,
        IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed),
        IPv6Address(ip_address("64:ff9b::").packed[:12] + address.packed),
    ]
    inside = address.is_private or address.is_multicast or address.is_reserved or address.is_link_local
    for form in forms:
        try:
            check_address(form, allow_loopback=False)
        except RefusedTarget:
            continue
        assert not inside, form


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hook",
        "https://shop.example:8443/hook?token=1&x=%20",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
        "https://b\u00fccher.example/hook",
    ],
)
def test_urls_that_are_taken(url: str) -> None:
    check_url(url, allow_loopback=False)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must be a URL of at most"),
        ("https://shop.example/" + "x" * LONGEST_URL, "must be a URL of at most"),
        ("https://shop.example/a b", "must be a URL of at most"),
        ("https://shop.example/\n", "must be a URL of at most"),
        ("shop.example/hook", "must begin with https"),
        ("ftp://shop.example/", "must begin with https"),
        ("https:///hook", "must begin with https"),
        ("http://shop.example/", "must begin with https"),
        ("https://user:pass@shop.example/", "no user and no password"),
        ("https://user@shop.example/", "no user and no password"),
        ("https://shop.example/#part", "no fragment"),
        ("https://localhost/", "this machine itself"),
        ("https://LOCALHOST./", "this machine itself"),
        ("https://api.localhost/", "this machine itself"),
        ("https://127.0.0.1/", "this machine itself"),
        ("https://[::1]/", "this machine itself"),
        ("https://10.0.0.1/", "which is private"),
        ("https://[::ffff:10.0.0.1]/", "which is private"),
        ("https://169.254.169.254/latest/meta-data", "which is link-local"),
        ("https://[fe80::1]/", "which is not public"),
        ("https://x:99999/", "a port from 1 to 65535"),
        ("https://x:0/", "a port from 1 to 65535"),
        ("https://x:y/", "is not a URL"),
    ],
)
def test_urls_that_are_refused(url: str, reason: str) -> None:
    with pytest.raises(RefusedTarget, match=reason):
        check_url(url, allow_loopback=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/hook", "http://localhost/", "https://[::1]/"])
def test_with_the_switch_this_machine_may_be_told(url: str) -> None:
    check_url(url, allow_loopback=True)


@pytest.mark.parametrize("url", ["http://shop.example/", "http://10.0.0.1/", "https://192.168.0.1/"])
def test_and_still_no_other(url: str) -> None:
    with pytest.raises(RefusedTarget):
        check_url(url, allow_loopback=True)


@given(st.text(max_size=80))
def test_any_text_is_a_url_or_told_to_be_none(text: str) -> None:
    try:
        check_url(text, allow_loopback=False)
    except RefusedTarget as error:
        assert str(error)
