"""What a package must be as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.export.conftest import API, CALLS, RULES, SDK, findings, objections, proper
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
    proper = {"clientKey": DRAMA, "domain": {"trustedDomains": [API]}}
    return texts(CONFIG, json.dumps({**proper, **values}, indent=1))


def test_proper_package_is_let_through():
    assert objections(PAGE, INIT + LOGIN) == []


def test_empty_file_is_refused():
    assert objections("static/a.txt", b"") == [(None, "empty-file")]


def test_size_limit_names_the_largest_file():
    rules = Rules(frozenset(), max_megabytes=1)

    (found,) = texts("film.mp4", b"x" * 1_500_000, rules)

    assert found.startswith("film.mp4: the package has 1.5 MB, allowed are 1;")


def test_package_at_the_limit_is_let_through():
    film = b"x" * (MEGABYTE - size(proper()))

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
def test_page_without_a_literal_init_is_refused(page):
    missing = f'an inline TTMinis.init({{clientKey: "{DRAMA}"}}) is missing'

    assert texts(PAGE, page) == [f"index.html: {missing} [init-call]"]


@pytest.mark.parametrize("key", ["mnsother", DRAMA.replace("m", "\\x6d")])
def test_init_with_another_key_is_refused(key):
    page = f"<p>\n<script>\nTTMinis.init({{'clientKey': '{key}'}})</script>{LOGIN}"

    (found,) = texts(PAGE, page)

    assert found.startswith(f"index.html:3: TTMinis.init has {key}, ")


@pytest.mark.parametrize(
    ("call", "rule"), [("login", "login-call"), ("authorize", "authorize-call")]
)
def test_package_without_a_literal_call_is_found(call, rule):
    page = INIT + LOGIN.replace(f".{call}(", f"[{call}](")

    assert objections(PAGE, page) == [(None, rule)]


def test_literal_calls_count_in_a_script_of_any_name():
    package = {**proper(), PAGE: File(INIT.encode(), PAGE)}
    package["APP.JS"] = File(CALLS.encode(), "APP.JS")

    assert RULES.findings(package) == []


def test_part_that_is_not_in_the_package_is_refused():
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
def test_unrendered_template_tag_is_found_at_its_line(left, rule):
    assert objections(PAGE, f"{INIT}{LOGIN}\n{left}") == [(2, rule)]


@pytest.mark.parametrize("left", ["{{name}}", "{% x %}", "{{ a }} {{ b }}", "}}", "{"])
def test_braces_that_a_template_wrote_are_accepted(left):
    assert objections(PAGE, f"{INIT}{LOGIN}\n{left}") == []


def test_part_may_be_named_with_dots_escapes_and_a_query():
    page = File(f"{INIT}{LOGIN}<img src='./x/../%61.png?1#b'>".encode(), PAGE)
    config = File(
        json.dumps({"appId": DRAMA, "domain": {"allowList": [API]}}).encode(), CONFIG
    )
    package = {PAGE: page, CONFIG: config, "a.png": File(b"x", "a.png")}

    assert RULES.findings(package) == []


def test_package_of_nothing_names_what_is_missing():
    found = [str(finding) for finding in RULES.findings({})]

    assert "index.html: index.html is not in the package [missing-file]" in found
    assert f"{CONFIG}: {CONFIG} is not in the package [missing-file]" in found


def test_page_without_configuration_is_refused():
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
def test_unfit_trusted_domain_is_refused_at_its_line(domain):
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
def test_configuration_that_says_nothing_is_refused(content):
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
def test_waiver_covers_a_rule_in_the_files_of_its_glob(waiver, covers):
    assert Waiver.read(waiver).covers(EVAL) is covers


@pytest.mark.parametrize("text", ["", "evil", "evil:*", ":*", "Eval"])
def test_waiver_of_an_unknown_rule_names_the_known_ones(text):
    with pytest.raises(ValueError, match=r"There is no rule .* but .*eval, "):
        Waiver.read(text)


def test_rule_is_either_certain_or_likely():
    assert not ERRORS.keys() & WARNINGS.keys()


def test_each_rule_has_its_line_in_the_documents():
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
def test_sdk_may_come_from(sdk_url, development, allowed):
    base = "http://localhost:8000"

    assert sdk_urls(sdk_url, [base], development=development) == allowed
