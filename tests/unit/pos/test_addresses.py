"""Where requests may go that somebody outside names the address of"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos import addresses


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        ["8.8.8.8", "103.28.12.1", "2606:4700::1111", "2404:6800:4003::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
    )
    def test_public_ones_are_reached(self, address: str) -> None:
        assert addresses.may_reach(address, loopback=False)

    @pytest.mark.parametrize(
        "address",
        [
            *("10.0.0.1", "172.16.5.4", "192.168.1.1", "fd00:ec2::254", "fc00::1"),  # private
            *("169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%eth0"),  # link-local, metadata
            *("100.64.0.1", "100.100.100.200"),  # CGNAT
            *("0.0.0.0", "0.1.2.3", "::", "255.255.255.255", "240.0.0.1"),  # noqa: S104 - nobody, everybody
            *("224.0.0.1", "224.0.1.1", "239.255.255.250", "ff02::1", "ff0e::1"),  # multicast
            *("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"),  # documentation
            *("198.18.0.1", "192.0.0.1", "192.88.99.1", "fec0::1", "100::1"),  # benchmarks, protocols, relays, old
            *("2002:a00:1::", "2002:a9fe:a9fe::", "2001::1", "64:ff9b:1::a00:1"),  # 6to4, Teredo, local NAT64
            *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1"),  # IPv4 within
            *("::10.0.0.1", "::8.8.8.8"),  # IPv4-compatible, deprecated
        ],
    )
    def test_others_are_not(self, address: str) -> None:
        assert not addresses.may_reach(address, loopback=False)
        assert not addresses.may_reach(address, loopback=True)

    @pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
    def test_this_machine_is_reached_only_where_that_is_allowed(self, address: str) -> None:
        assert addresses.may_reach(address, loopback=True)
        assert not addresses.may_reach(address, loopback=False)


class TestUrls:
    @pytest.mark.parametrize(
        "url",
        [
            "https://example.com",
            "https://example.com:8443/hook?shop=1&token=a%20b",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://xn--bcher-kva.example/",
            "HTTPS://EXAMPLE.COM/",
        ],
    )
    def test_public_https_is_taken(self, url: str) -> None:
        assert addresses.url_problem(url, loopback=False) is None

    @pytest.mark.parametrize(
        "url",
        [
            *("http://example.com/", "ftp://example.com/", "file:///etc/passwd", "example.com", "//example.com", ""),
            *("https://user:password@example.com/", "https://user@example.com/"),
            *(
                "https://",
                "https:///path",
                "https://:443/",
                "https://;/",
                "https://example.com:0/",
                "https://example.com:99999/",
                "https://example.com:25/",
            ),
            *(
                "https://example.com/#part",
                "https://exa mple.com/",
                "https://example.com\\@10.0.0.1/",
                "https://a\n.com",
            ),
            *("https://bücher.example/", "https://localhost/", "https://LOCALHOST/", "https://a.localhost./"),
            *("https://127.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://[::1]/"),
            *("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://0/"),
            *("https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[fe80::1%25eth0]/"),
            *("https://10.0.0.1./", "https://[::/", "https://[not]/"),
        ],
    )
    def test_anything_else_is_refused(self, url: str) -> None:
        assert addresses.url_problem(url, loopback=False)

    @pytest.mark.parametrize("url", ["http://127.0.0.1:8123/", "http://localhost:3000/hook", "https://[::1]:1/"])
    def test_a_local_stack_may_send_to_its_own_machine(self, url: str) -> None:
        assert addresses.url_problem(url, loopback=True) is None
        assert addresses.url_problem(url, loopback=False)

    @given(st.text(max_size=60))
    def test_whatever_is_typed_gets_a_verdict(self, text: str) -> None:
        assert addresses.url_problem(text, loopback=False)
        for loopback in (False, True):
            assert addresses.url_problem(f"https://{text}@example.com/", loopback=loopback) or not text
            verdict = addresses.url_problem(f"https://{text}", loopback=loopback)
            assert verdict is None or verdict.startswith("must ")
