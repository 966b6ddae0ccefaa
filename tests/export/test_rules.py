"""Rules about a package as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.export.conftest import (
    API,
    CALLS,
    RULES,
    SDK,
    findings,
    objections,
    valid_package,
)
from tests.fixtures import DRAMA
from ttminis_auth.export.build import sdk_urls
from ttminis_auth.export.files import CONFIG, PAGE, File
from ttminis_auth.export.findings import ERRORS, WARNINGS, Finding, Waiver
from ttminis_auth.export.findings import RULES as ALL_RULES
from ttminis_auth.export.rules import MEGABYTE, Rules, size

INIT = f'<script>TTMinis.init({{clientKey: "{DRAMA}"}})</script>'
LOGIN = f"<script>{CALLS}</script>"


def texts(name, content, rules=RULES):
    return [str(finding) for finding in findings(name, content, rules)]


def of_config(**values):
    valid = {"clientKey": DRAMA, "domain": {"trustedDomains": [API]}}
    return texts(CONFIG, json.dumps({**valid, **values}, indent=1))


def test_a_valid_package_has_no_findings():
    assert objections(PAGE, INIT + LOGIN) == []


def test_an_empty_file_is_refused():
    assert objections("static/a.txt", b"") == [(None, "empty-file")]


def test_a_package_over_the_size_limit_names_its_largest_file():
    rules = Rules(frozenset(), max_megabytes=1)

    (found,) = texts("film.mp4", b"x" * 1_500_000, rules)

    assert found.startswith("film.mp4: the package has 1.5 MB, allowed are 1;")


def test_a_package_at_the_size_limit_is_accepted():
    film = b"x" * (MEGABYTE - size(valid_package()))

    assert findings("film.mp4", film, Rules(frozenset(), max_megabytes=1)) == []


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
def test_a_page_without_a_literal_init_is_refused(page):
    missing = f'an inline TTMinis.init({{clientKey: "{DRAMA}"}}) is missing'

    assert texts(PAGE, page) == [f"index.html: {missing} [init-call]"]


@pytest.mark.parametrize("key", ["mnsother", DRAMA.replace("m", "\\x6d")])
def test_an_init_with_another_client_key_is_refused(key):
    page = f"<p>\n<script>\nTTMinis.init({{'clientKey': '{key}'}})</script>{LOGIN}"

    (found,) = texts(PAGE, page)

    assert found.startswith(f"index.html:3: TTMinis.init has {key}, ")


@pytest.mark.parametrize(
    ("call", "rule"), [("login", "login-call"), ("authorize", "authorize-call")]
)
def test_a_package_without_a_literal_call_is_found(call, rule):
    page = INIT + LOGIN.replace(f".{call}(", f"[{call}](")

    assert objections(PAGE, page) == [(None, rule)]


def test_literal_calls_are_found_in_a_script_of_any_name():
    package = {**valid_package(), PAGE: File(INIT.encode(), PAGE)}
    package["APP.JS"] = File(CALLS.encode(), "APP.JS")

    assert RULES.findings(package) == []


def test_a_referenced_file_that_is_not_in_the_package_is_refused():
    page = f"{INIT}{LOGIN}\n<img src='a.png'>\n<script src='/static/b.js'></script>"

    assert texts(PAGE, page) == [
        "index.html:2: a.png is not in the package [missing-file]",
        "index.html:3: /static/b.js is not in the package [missing-file]",
    ]


@pytest.mark.parametrize(
    ("left", "rule"),
    [
        ("{{ user\n.name }}", "left-over"),
        ("{% if\nx %}", "left-over"),
        ("<input name=csrfmiddlewaretoken>", "csrf-token"),
    ],
)
def test_template_code_in_a_page_is_found_at_its_line(left, rule):
    assert objections(PAGE, f"{INIT}{LOGIN}\n{left}") == [(2, rule)]


@pytest.mark.parametrize("left", ["{{name}}", "{% x %}", "{{ a }} {{ b }}", "}}", "{"])
def test_braces_on_one_line_of_a_page_are_accepted(left):
    assert objections(PAGE, f"{INIT}{LOGIN}\n{left}") == []


def test_a_referenced_file_may_have_dots_escapes_and_a_query():
    page = File(f"{INIT}{LOGIN}<img src='./x/../%61.png?1#b'>".encode(), PAGE)
    config = File(
        json.dumps({"appId": DRAMA, "domain": {"allowList": [API]}}).encode(), CONFIG
    )
    package = {PAGE: page, CONFIG: config, "a.png": File(b"x", "a.png")}

    assert RULES.findings(package) == []


def test_an_empty_package_names_the_missing_files():
    found = [str(finding) for finding in RULES.findings({})]

    assert "index.html: index.html is not in the package [missing-file]" in found
    assert f"{CONFIG}: {CONFIG} is not in the package [missing-file]" in found


def test_a_package_without_configuration_is_refused():
    found = RULES.findings({PAGE: File((INIT + LOGIN).encode(), PAGE)})

    assert [str(finding) for finding in found] == [
        f"index.html:1: TTMinis.init has {DRAMA}, {CONFIG} has none [init-call]",
        f"{CONFIG}: {CONFIG} is not in the package [missing-file]",
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
def test_an_invalid_trusted_domain_is_refused_at_its_line(domain):
    (found,) = of_config(domain={"trustedDomains": [API], "allowList": [domain]})

    assert found.startswith("minis.config.json:")
    assert domain in found
    assert not found.startswith("minis.config.json:1:")


def test_more_than_twenty_trusted_domains_are_refused():
    domains = [f"https://api{n}.example.com" for n in range(21)]

    assert of_config(domain={"trustedDomains": domains}) == [
        "minis.config.json:1: more than 20 trusted domains [configuration]"
    ]


@pytest.mark.parametrize("content", ["[]", "{", "null", '{"domain": [], "dev": 1}'])
def test_an_empty_configuration_is_refused(content):
    found = [finding.detail for finding in findings(CONFIG, content)]

    assert found == ["names no client key", "names no trusted domain"]


# --- waivers


EVAL = Finding("vendor/lib/a.js", 1, "eval")


@pytest.mark.parametrize(
    ("waiver", "covers"),
    [
        ("eval", True),
        ("eval:*", True),
        ("eval:vendor/*", True),
        ("eval:vendor/lib/a.js", True),
        ("eval:a.js", False),
        ("eval:VENDOR/*", False),
        ("frame", False),
        ("frame:vendor/*", False),
    ],
)
def test_a_waiver_covers_its_rule_in_files_of_its_glob(waiver, covers):
    assert Waiver.read(waiver).covers(EVAL) is covers


@pytest.mark.parametrize("text", ["", "evil", "evil:*", ":*", "Eval"])
def test_a_waiver_of_an_unknown_rule_names_the_known_ones(text):
    with pytest.raises(ValueError, match=r"There is no rule .* but .*eval, "):
        Waiver.read(text)


def test_each_rule_is_either_an_error_or_a_warning():
    assert not ERRORS.keys() & WARNINGS.keys()


def test_each_rule_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "hosting.rst").read_text()

    assert [rule for rule in ALL_RULES if f"\n``{rule}``  " not in text] == []


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
def test_the_sdk_is_allowed_only_from_its_configured_url(sdk_url, development, allowed):
    base = "http://localhost:8000"

    assert sdk_urls(sdk_url, [base], development=development) == allowed
