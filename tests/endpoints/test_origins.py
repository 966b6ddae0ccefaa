"""Origins of our hosted pages, case by case and against an independent oracle."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.fixtures import DRAMA, GAME
from tests.lengths import times
from ttminis_auth.endpoints import origins

LABEL = f"minis-{DRAMA}-7f3kq9x2mdfab-1"
OWN = f"https://{LABEL}.tiktokminis.us"
LOCAL = f"http://{LABEL}.localhost"

ALLOWED = {
    "as seen on devices": OWN,
    "another upload": f"https://minis-{DRAMA}-0000000000000-2.tiktokminis.us",
    "a high number": f"https://minis-{DRAMA}-7f3kq9x2mdfab-1234567890.tiktokminis.us",
    "an id alone": f"https://minis-{DRAMA}-7f3kq9x2mdfab.tiktokminis.us",
    "one more part": f"https://minis-{DRAMA}-7f3kq9x2mdfab-1-test.tiktokminis.us",
    "a label of 63 characters": f"https://minis-{DRAMA}-{'x' * 40}.tiktokminis.us",
}

REFUSED = {
    # Another scheme.
    "http": OWN.replace("https", "http"),
    "no scheme": OWN.removeprefix("https://"),
    "only slashes": OWN.removeprefix("https:"),
    "one slash": OWN.replace("//", "/"),
    "three slashes": OWN.replace("//", "///"),
    "back slashes": OWN.replace("//", "\\\\"),
    "wss": OWN.replace("https", "wss"),
    "a file": f"file:///{LABEL}.tiktokminis.us",
    "an app's own scheme": OWN.replace("https", "tiktok"),
    "a blob": f"blob:{OWN}",
    "an extension": f"chrome-extension://{LABEL}",
    "https in capitals": OWN.replace("https", "HTTPS"),
    # No origin at all.
    "null": "null",
    "nothing": "",
    "a star": "*",
    "the word undefined": "undefined",
    # More than an origin.
    "the usual port": f"{OWN}:443",
    "another port": f"{OWN}:8443",
    "an empty port": f"{OWN}:",
    "a user": OWN.replace("//", "//mia@"),
    "a user and a password": OWN.replace("//", "//mia:secret@"),
    "ours as the user": f"{OWN}@evil.example",
    "ours as user and password": f"{OWN}:x@evil.example",
    "a slash": f"{OWN}/",
    "a path": f"{OWN}/index.html",
    "a query": f"{OWN}?a=1",
    "a fragment": f"{OWN}#a",
    "ours as the path": f"https://evil.example/{LABEL}.tiktokminis.us",
    "ours as the query": f"https://evil.example?{LABEL}.tiktokminis.us",
    "ours as the fragment": f"https://evil.example#{LABEL}.tiktokminis.us",
    "a dot at the end": f"{OWN}.",
    "two origins": f"{OWN} {OWN}",
    "two with a comma": f"{OWN},{OWN}",
    "a foreign one before ours": f"https://evil.example, {OWN}",
    "a space before": f" {OWN}",
    "a space after": f"{OWN} ",
    "a tab after": f"{OWN}\t",
    "a new line after": f"{OWN}\n",
    "a carriage return after": f"{OWN}\r\n",
    "a new line and a foreign one": f"{OWN}\nhttps://evil.example",
    "a foreign one and a new line": f"https://evil.example\n{OWN}",
    "a null byte": f"{OWN}\x00",
    "a null byte and a foreign one": f"{OWN}\x00.evil.example",
    "a space inside": OWN.replace("-1.", "-1 ."),
    # Another suffix.
    "no suffix": f"https://{LABEL}",
    "only the suffix": "https://tiktokminis.us",
    "half a suffix": f"https://{LABEL}.us",
    "a hyphen in it": f"https://{LABEL}.tiktok-minis.us",
    "a longer name": f"https://{LABEL}.faketiktokminis.us",
    "a hyphen before it": f"https://{LABEL}-tiktokminis.us",
    "ours below another": f"{OWN}.evil.example",
    "a hyphen after it": f"https://{LABEL}.tiktokminis-us.com",
    "a longer top": f"{OWN}a",
    "another top": f"https://{LABEL}.tiktokminis.com",
    "no dot in it": f"https://{LABEL}.tiktokminisxus",
    "two dots": f"https://{LABEL}..tiktokminis.us",
    "a Cyrillic o": OWN.replace("tiktok", "tikt\u043ek"),
    "punycode of that": f"https://{LABEL}.xn--tiktkminis-ubk.us",
    "a Turkish i": OWN.replace("tiktokminis", "t\u0131ktokminis"),
    "a full-width full stop": OWN.replace(".us", "\uff0eus"),
    "an ideographic full stop": OWN.replace(".us", "\u3002us"),
    "a Kelvin sign": OWN.replace("tiktok", "ti\u212atok"),
    "percent for the dot": OWN.replace(".us", "%2eus"),
    "percent for a letter": OWN.replace("tiktok", "%74iktok"),
    "the host in capitals": OWN.replace("tiktokminis", "TikTokMinis"),
    "an IPv4 address": "https://127.0.0.1",
    "an IPv6 address": "https://[::1]",
    "an IPv6 address with ours": f"https://[::1].{LABEL}.tiktokminis.us",
    "brackets": f"https://[{LABEL}.tiktokminis.us]",
    "TikTok itself": "https://www.tiktok.com",
    "this very site": "https://testserver",
    "the local suffix unless it is set": f"{LOCAL}:8001",
    # Another app.
    "another developer's": f"https://minis-{GAME}-7f3kq9x2mdfab-1.tiktokminis.us",
    "a key that begins with ours": OWN.replace(DRAMA, f"{DRAMA}0"),
    "a key that ends with ours": OWN.replace(DRAMA, f"0{DRAMA}"),
    "a key that ours begins with": OWN.replace(DRAMA, DRAMA[:-1]),
    "a key that ours ends with": OWN.replace(DRAMA, DRAMA[1:]),
    "ours as the id": f"https://minis-{GAME}-{DRAMA}-1.tiktokminis.us",
    "ours inside of a label": f"https://minis-x-minis-{DRAMA}-1.tiktokminis.us",
    "our key in capitals": OWN.replace(DRAMA, DRAMA.upper()),
    "a dot like a letter of the key": OWN.replace(DRAMA, DRAMA.replace("0", ".")),
    "no key": "https://minis-7f3kq9x2mdfab-1.tiktokminis.us",
    "an empty key": "https://minis--7f3kq9x2mdfab-1.tiktokminis.us",
    # Another shape.
    "no rest": f"https://minis-{DRAMA}.tiktokminis.us",
    "an empty rest": f"https://minis-{DRAMA}-.tiktokminis.us",
    "a hyphen at the end": f"https://minis-{DRAMA}-7f3kq9x2mdfab-.tiktokminis.us",
    "two hyphens": f"https://minis-{DRAMA}-7f3kq9x2mdfab--1.tiktokminis.us",
    "no minis": f"https://{DRAMA}-7f3kq9x2mdfab-1.tiktokminis.us",
    "another word": f"https://drama-{DRAMA}-7f3kq9x2mdfab-1.tiktokminis.us",
    "minis in capitals": OWN.replace("minis-", "Minis-", 1),
    "an underscore": OWN.replace("-1.", "_1."),
    "an underscore after the key": OWN.replace(f"{DRAMA}-", f"{DRAMA}_"),
    "a label before": OWN.replace("minis-", "www.minis-", 1),
    "a label between": f"https://{LABEL}.eu.tiktokminis.us",
    "the key as a label": f"https://minis.{DRAMA}.7f3kq9x2mdfab-1.tiktokminis.us",
    "a star in it": f"https://minis-{DRAMA}-*.tiktokminis.us",
    "an Arabic digit": OWN.replace("-1.", "-\u0661."),
    "a label of 64 characters": f"https://minis-{DRAMA}-{'x' * 41}.tiktokminis.us",
    "a very long one": f"https://minis-{DRAMA}-{'x' * 100_000}.tiktokminis.us",
    "very many parts": f"https://minis-{DRAMA}{'-x' * 50_000}!.tiktokminis.us",
}


@pytest.mark.parametrize("origin", ALLOWED.values(), ids=ALLOWED)
def test_an_origin_of_our_hosted_page_is_own(origin):
    assert origins.is_own(origin, DRAMA)


@pytest.mark.parametrize("origin", REFUSED.values(), ids=REFUSED)
def test_any_other_origin_is_not_own(origin):
    assert not origins.is_own(origin, DRAMA)


@pytest.mark.parametrize("key", ["MNSimDrama000001", DRAMA.upper(), "Mnsimdrama000001"])
def test_a_client_key_with_capitals_is_lower_case_in_the_host(key):
    assert origins.is_own(OWN, key)
    assert not origins.is_own(OWN.replace(DRAMA, key), key)


def test_a_client_key_is_no_pattern():
    assert not origins.is_own(OWN, ".*")
    assert not origins.is_own(OWN, "mnsimdrama00000[0-9]")


# Suffixes.


@pytest.fixture
def suffixes(settings):
    def install(*suffixes):
        settings.TTMINIS_ORIGIN_SUFFIXES = suffixes

    return install


def test_each_of_several_suffixes_is_accepted(suffixes):
    suffixes("tiktokminis.us", "tiktokminis.eu")

    assert origins.is_own(OWN, DRAMA)
    assert origins.is_own(OWN.replace(".us", ".eu"), DRAMA)
    assert not origins.is_own(OWN.replace(".us", ".jp"), DRAMA)


def test_without_a_suffix_no_origin_is_own(suffixes):
    suffixes()

    assert not origins.is_own(OWN, DRAMA)


@pytest.mark.parametrize(
    "suffix", ["*.tiktokminis.us", ".tiktokminis.us", "TIKTOKMINIS.US", "", ".*"]
)
def test_a_malformed_suffix_matches_no_origin(suffixes, suffix):
    suffixes(suffix)

    assert not origins.is_own(OWN, DRAMA)


@pytest.mark.parametrize(
    ("suffix", "origin"),
    [
        ("http://localhost:8001", f"{LOCAL}:8001"),
        ("http://localhost", LOCAL),
    ],
)
def test_localhost_can_be_a_suffix(suffixes, suffix, origin):
    suffixes("tiktokminis.us", suffix)

    assert origins.is_own(origin, DRAMA)
    assert origins.is_own(OWN, DRAMA)


@pytest.mark.parametrize(
    "origin",
    [
        LOCAL,
        f"{LOCAL}:8002",
        f"{LOCAL}:80010",
        f"{LOCAL}.:8001",
        f"{LOCAL}.evil.example:8001",
        f"{LOCAL}:8001/",
        f"https://{LABEL}.localhost:8001",
        "http://localhost:8001",
        f"http://minis-{GAME}-x-1.localhost:8001",
        OWN.replace("https", "http"),
        f"{OWN}:8001",
    ],
)
def test_localhost_as_a_suffix_matches_no_other_origin(suffixes, origin):
    suffixes("tiktokminis.us", "http://localhost:8001")

    assert not origins.is_own(origin, DRAMA)


@pytest.mark.parametrize(
    "suffix",
    [
        "http://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1:8001",
        "https://localhost:8001",
        "http://localhost:123456",
        "localhost:8001",
    ],
)
def test_only_localhost_is_a_local_suffix(suffix):
    assert not origins.is_local(suffix)


# Origins of any app.


@pytest.fixture
def two_apps(settings):
    apps = [{"client_id": key, "secret": "any"} for key in (DRAMA, GAME.upper())]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [*apps, {"secret": "s"}]}}


@pytest.mark.django_db
def test_an_origin_of_each_of_our_apps_is_accepted(two_apps):
    assert origins.is_of_any_app(OWN)
    assert origins.is_of_any_app(OWN.replace(DRAMA, GAME))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["another developer's", "http", "no rest", "no key"])
def test_an_origin_of_no_app_is_refused(name):
    assert not origins.is_of_any_app(REFUSED[name])


@pytest.mark.django_db
def test_an_unknown_suffix_with_our_client_key_is_logged(caplog):
    assert not origins.is_of_any_app(f"https://{LABEL}.tiktokminis.eu")

    assert "A page on tiktokminis.eu bears a client key of yours" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("of", ["mnanotherapp0001-1.tiktokminis.eu", "mn\n.evil"])
def test_an_unknown_suffix_without_our_client_key_is_not_logged(caplog, of):
    assert not origins.is_of_any_app(f"https://minis-{of}")

    assert caplog.text == ""


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", f"{OWN}:443"])
def test_an_origin_of_another_shape_costs_no_statement(origin):
    """A statement would fail, as the test has no database fixture."""
    assert not origins.is_of_any_app(origin)


# Generated.

SUFFIX = "tiktokminis.us"


def is_own_by_the_oracle(origin):
    """Read the origin as a URL, without one regular expression."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    if (parts.scheme, port) != ("https", None):
        return False
    host = parts.hostname or ""
    if origin != f"https://{host}" or not host.isascii():
        return False
    label, _, rest = host.partition(".")
    words = label.split("-")
    return (
        rest == SUFFIX
        and len(label) <= 63
        and words[:2] == ["minis", DRAMA]
        and len(words) > 2
        and all(word.isalnum() for word in words)
    )


def _or_odd(usual, *odd):
    """Choose mostly the usual part, so that whole origins are valid often enough."""
    return st.sampled_from([usual] * 8 + list(odd)) | st.text(max_size=3).map(
        lambda text: usual + text
    )


ORIGINS = st.builds(
    "{}{}{}{}{}{}{}{}".format,
    _or_odd("https", "http", "HTTPS", "", "wss"),
    _or_odd("://", ":/", "//", "://x@", ":///"),
    _or_odd("minis-", "", "minis.", "Minis-", "www.minis-", "minis-minis-"),
    _or_odd(DRAMA, GAME, DRAMA.upper(), f"{DRAMA}x", f"x{DRAMA}", ""),
    st.from_regex(r"\A(-[a-z0-9]{0,50}){0,3}\Z") | _or_odd("-a-1", "", "-", "_a", ".a"),
    _or_odd(".", "-", "..", "\u3002", ".eu."),
    _or_odd(SUFFIX, f"fake{SUFFIX}", f"{SUFFIX}.evil.example", SUFFIX.upper()),
    _or_odd("", ":443", ".", "/", "\n", " ", "?", "#", ":"),
)


@hypothesis_settings(max_examples=times(200))
@example(OWN)
@given(ORIGINS)
def test_is_own_agrees_with_the_oracle(origin):
    assert origins.is_own(origin, DRAMA) == is_own_by_the_oracle(origin)


@pytest.mark.parametrize("cases", [ALLOWED, REFUSED], ids=["allowed", "refused"])
def test_the_oracle_agrees_with_the_cases(cases):
    """An oracle that refuses all origins would prove nothing."""
    answers = {is_own_by_the_oracle(origin) for origin in cases.values()}

    assert answers == {cases is ALLOWED}
