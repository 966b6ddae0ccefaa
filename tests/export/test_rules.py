"""What a package must be as a whole."""

from __future__ import annotations

import json

import pytest

from tests.export.conftest import API, RULES, SDK, objections, proper
from tests.fixtures import DRAMA
from ttminis_auth.export.build import sdk_urls
from ttminis_auth.export.files import CONFIG, PAGE, File
from ttminis_auth.export.rules import MEGABYTE, Rules, size, unreadable

INIT = f'<script>TTMinis.init({{clientKey: "{DRAMA}"}})</script>'
LOGIN = "<script>TTMinis.login(x)</script>"


def of_config(**values):
    proper = {"clientKey": DRAMA, "domain": {"trustedDomains": [API]}}
    return objections(CONFIG, json.dumps({**proper, **values}, indent=1))


def test_proper_package_is_let_through():
    assert objections(PAGE, INIT + LOGIN) == []


def test_empty_file_is_refused():
    assert objections("static/a.txt", b"") == ["static/a.txt: is empty"]


def test_size_limit_names_the_largest_file():
    rules = Rules(frozenset(), max_megabytes=1)

    (found,) = objections("film.mp4", b"x" * 1_500_000, rules)

    assert found.startswith("film.mp4: the package has 1.5 MB, allowed are 1;")


def test_package_at_the_limit_is_let_through():
    film = b"x" * (MEGABYTE - size(proper()))

    assert objections("film.mp4", film, Rules(frozenset(), max_megabytes=1)) == []


@pytest.mark.parametrize(
    "page",
    [
        "<p>TTMinis.init</p>" + LOGIN,
        "<script>TTMinis.init(options)</script>" + LOGIN,
        "<script>TTMinis.init({name: 'x', other, ...all})</script>" + LOGIN,
        "<script>TTMinis.init({clientKey: key})</script>" + LOGIN,
        "<script>// TTMinis.init({clientKey: 'x'})\n</script>" + LOGIN,
    ],
)
def test_page_without_a_literal_init_is_refused(page):
    missing = f'an inline TTMinis.init({{clientKey: "{DRAMA}"}}) is missing'

    assert objections(PAGE, page) == [f"index.html: {missing}"]


@pytest.mark.parametrize("key", ["mnsother", DRAMA.replace("m", "\\x6d")])
def test_init_with_another_key_is_refused(key):
    page = f"<p>\n<script>\nTTMinis.init({{'clientKey': '{key}'}})</script>{LOGIN}"

    (found,) = objections(PAGE, page)

    assert found.startswith(f"index.html:3: TTMinis.init has {key}, ")


def test_package_without_a_literal_login_is_refused():
    (found,) = objections(PAGE, INIT)

    assert "TTMinis.login(" in found


def test_part_that_is_not_in_the_package_is_refused():
    page = f"{INIT}{LOGIN}\n<img src='a.png'>\n<script src='/static/b.js'></script>"

    assert objections(PAGE, page) == [
        "index.html:2: a.png is not in the package",
        "index.html:3: /static/b.js is not in the package",
    ]


def test_part_may_be_named_with_dots_escapes_and_a_query():
    page = File(f"{INIT}{LOGIN}<img src='./x/../%61.png?1#b'>".encode(), PAGE)
    config = File(
        json.dumps({"appId": DRAMA, "domain": {"allowList": [API]}}).encode(), CONFIG
    )
    package = {PAGE: page, CONFIG: config, "a.png": File(b"x", "a.png")}

    assert RULES.findings(package) == []


def test_package_of_nothing_names_what_is_missing():
    found = [str(finding) for finding in RULES.findings({})]

    assert "index.html: is missing" in found
    assert "minis.config.json: is missing" in found


def test_page_without_configuration_is_refused():
    found = RULES.findings({PAGE: File((INIT + LOGIN).encode(), PAGE)})

    assert [str(finding) for finding in found] == [
        f"index.html:1: TTMinis.init has {DRAMA}, minis.config.json has none",
        "minis.config.json: is missing",
    ]


@pytest.mark.parametrize(
    "domain",
    [
        "http://api.example.com",
        "https://*.example.com",
        "https://api.example.com:*",
        "https://api.example.com/path",
        "https://api.example.com?x",
        "https://olga@api.example.com",
        "api.example.com",
        "*",
    ],
)
def test_unfit_trusted_domain_is_refused_at_its_line(domain):
    (found,) = of_config(domain={"trustedDomains": [API], "allowList": [domain]})

    assert found.startswith("minis.config.json:")
    assert domain in found
    assert not found.startswith("minis.config.json:1:")


def test_more_than_twenty_trusted_domains_are_refused():
    domains = [f"https://api{n}.example.com" for n in range(21)]

    assert of_config(domain={"trustedDomains": domains}) == [
        "minis.config.json:1: more than 20 trusted domains"
    ]


@pytest.mark.parametrize("content", ["[]", "{", "null", '{"domain": [], "dev": 1}'])
def test_configuration_that_says_nothing_is_refused(content):
    found = objections(CONFIG, content)

    assert "minis.config.json:1: names no client key" in found
    assert "minis.config.json:1: names no trusted domain" in found


def test_script_newer_than_the_grammar_is_noted():
    package = {
        "a.js": File(b"let x;\nx = a |> b(%);", "a.js"),
        "b.js": File(b"go();", "b.js"),
        "c.txt": File(b"= =", "c.txt"),
    }

    (note,) = unreadable(package)

    assert str(note).startswith("a.js:2: ")


@pytest.mark.parametrize(
    ("sdk_url", "development", "allowed"),
    [
        (SDK, False, {SDK}),
        ("/tiktok/sdk.js", False, set()),
        (
            "/tiktok/sdk.js",
            True,
            {"http://localhost:8000/tiktok/sdk.js"},
        ),
    ],
)
def test_sdk_may_come_from(sdk_url, development, allowed):
    base = "http://localhost:8000"

    assert sdk_urls(sdk_url, [base], development=development) == allowed
