"""No visitor pays for the bad codes of another one, whatever their addresses are."""

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.test import Client, RequestFactory

from tests.fixtures import error_code
from ttminis_auth.core import rare_warnings
from ttminis_auth.login import client_address

pytestmark = pytest.mark.django_db

LIMIT = 3
# As docs/reference/logs.rst has it.
UNKNOWN_ADDRESS = (
    "The client address of a request is not known, so its rejected codes are not "
    "limited, and parts of allauth such as allauth.usersessions may refuse its login. "
    "Behind a proxy, set ALLAUTH_TRUSTED_PROXY_COUNT or "
    "ALLAUTH_TRUSTED_CLIENT_IP_HEADER."
)


@pytest.fixture(autouse=True)
def _limited(settings, monkeypatch):
    settings.TTMINIS_REJECTED_CODE_LIMIT = f"{LIMIT}/m/ip"
    monkeypatch.setattr(rare_warnings, "_logged_at", {})


@pytest.fixture
def post(code_url):
    """Send a code from an address, in a browser that was never here before."""

    def send(code, address, **extra):
        return Client(REMOTE_ADDR=address, **extra).post(
            code_url, {"code": code}, content_type="application/json"
        )

    return send


@pytest.fixture
def attack(post, tiktok):
    """Use up the budget of an address; returns the answer to the last bad code."""

    def send(address, **extra):
        return [post("made up", address, **extra) for _ in range(LIMIT + 1)][-1]

    return send


@pytest.fixture
def good(post, tiktok):
    return lambda address, **extra: (
        post(tiktok.issue_code("mnsimdrama000001", "mia"), address, **extra).status_code
    )


STRANGERS = {
    "IPv4": ("203.0.113.7", "203.0.113.8"),
    "IPv4 on a dual-stack socket": ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
    "the same in hexadecimal": ("::ffff:cb00:7107", "::FFFF:CB00:7108"),
    "IPv6": ("2001:db8:1:1::1", "2001:db8:1:2::1"),
    "NAT64": ("64:ff9b::203.0.113.7", "64:ff9b::203.0.113.8"),
    "NAT64 of one network": ("64:ff9b:1::cb00:7107", "64:ff9b:1::cb00:7108"),
    "SIIT": ("::ffff:0:203.0.113.7", "::ffff:0:203.0.113.8"),
    "IPv4-compatible": ("::203.0.113.7", "::203.0.113.8"),
    "6to4": ("2002:cb00:7107::1", "2002:cb00:7108::1"),
    "Teredo": ("2001:0:5db8::34ff:8ef8", "2001:0:5db8::34ff:8ef7"),
    "neighbours": ("fe80::1%eth0", "fe80::2%eth0"),
}


@pytest.mark.parametrize("case", STRANGERS)
def test_attacker_does_not_lock_out_a_stranger(attack, good, case):
    attacker, visitor = STRANGERS[case]
    assert error_code(attack(attacker)) == "rate_limited"

    assert good(visitor) == 200


@pytest.mark.parametrize("case", STRANGERS)
def test_attacker_behind_a_proxy_does_not_lock_out_a_stranger(
    attack, good, case, settings
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    attacker, visitor = STRANGERS[case]
    last = attack("10.0.0.1", HTTP_X_FORWARDED_FOR=f"{visitor}, {attacker}")
    assert error_code(last) == "rate_limited"

    assert good("10.0.0.1", HTTP_X_FORWARDED_FOR=f"{attacker}, {visitor}") == 200


ONE_VISITOR = {
    "both kinds of socket": ("203.0.113.7", "::ffff:203.0.113.7"),
    "a network at home": ("2001:db8::1", "2001:db8::ffff:1"),
    "6to4": ("2002:cb00:7107:1::1", "2002:cb00:7107:2::1"),
    "Teredo": ("2001:0:5db8::34ff:8ef8", "2001:0:5db8::9999:34ff:8ef8"),
    "zone": ("fe80::1%eth0", "fe80::1%eth1"),
    "spelling": ("2001:db8::1", "2001:0DB8:0:0::1"),
}


@pytest.mark.parametrize("case", ONE_VISITOR)
def test_attacker_gains_no_budget_by_another_address(attack, post, case):
    one, other = ONE_VISITOR[case]
    attack(one)

    assert error_code(post("made up", other)) == "rate_limited"


class OwnAdapter(DefaultAccountAdapter):
    """Takes the address as a load balancer writes it."""

    def get_client_ip(self, request):
        return request.headers.get("X-Client")


@pytest.mark.parametrize(
    ("header", "counted"),
    [
        ("203.0.113.7:50000", "203.0.113.7"),
        ("203.0.113.7:", "203.0.113.7"),
        ("[2001:db8::1]:50000", "2001:db8::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("[::ffff:203.0.113.7]:50000", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("", None),
        (None, None),
    ],
)
def test_project_s_adapter_may_return_a_port(settings, header, counted):
    settings.ACCOUNT_ADAPTER = f"{__name__}.OwnAdapter"
    request = RequestFactory().post(
        "/", **({"HTTP_X_CLIENT": header} if header else {})
    )

    assert client_address.of_visitor(request) == counted


def test_length_of_a_network_is_allauth_s_setting(settings):
    settings.ALLAUTH_RATE_LIMIT_IPV6_PREFIX = 48
    request = RequestFactory().post("/", REMOTE_ADDR="2001:db8:1:2::1")

    assert client_address.of_visitor(request) == "2001:db8:1::/48"


UNKNOWN = {
    "Unix socket": {"address": ""},
    "nonsense": {"address": "unknown"},
    "hidden": {"address": "_hidden, for=x y"},
    "half an address": {"address": "2001:db8::1::2"},
    "port alone": {"address": ":8000"},
    "long": {"address": "1" * 9999},
    "proxy that is not set up": {
        "address": "127.0.0.1",
        "HTTP_X_FORWARDED_FOR": "203.0.113.7",
    },
    "the same on a dual-stack socket": {
        "address": "::ffff:10.1.2.3",
        "HTTP_X_REAL_IP": "203.0.113.7",
    },
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_good_code_is_taken_where_no_address_is_known(attack, good, case):
    attack(**UNKNOWN[case])

    assert good(**UNKNOWN[case]) == 200


def test_good_code_is_taken_where_a_proxy_was_left_out(attack, good, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    request = {"address": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}
    attack(**request)

    assert good(**request) == 200


def test_header_of_a_visitor_from_the_internet_changes_nothing(attack):
    request = {"address": "203.0.114.7", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}

    assert error_code(attack(**request)) == "rate_limited"


def test_unknown_address_is_logged_once_in_a_while(attack, caplog, monkeypatch):
    attack("")
    assert caplog.messages.count(UNKNOWN_ADDRESS) == 1

    later = rare_warnings.monotonic() + rare_warnings.INTERVAL + 1
    monkeypatch.setattr(rare_warnings, "monotonic", lambda: later)
    attack("")
    assert caplog.messages.count(UNKNOWN_ADDRESS) == 2


def test_address_that_is_not_asked_for_is_not_missed(attack, caplog, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = ""
    attack("")

    assert UNKNOWN_ADDRESS not in caplog.messages


def test_call_without_a_visitor_misses_no_address(tiktok, caplog):
    authenticate(HttpRequest(), ttminis_code="made up")

    assert UNKNOWN_ADDRESS not in caplog.messages
