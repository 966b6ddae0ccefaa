"""The page under a strict policy, and what the script file promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ttminis_auth
from ttminis_auth.page.config import messages

from .conftest import CLIENT_KEY, Visit

STATIC = Path(ttminis_auth.__file__).parent / "static" / "ttminis_auth"
FILES = ("ttminis-auth.js", "ttminis-auth.token.js")
CODES = [(STATIC / name).read_text() for name in FILES]
SOURCES = Path(ttminis_auth.__file__).parents[1] / "js" / "src"
SOURCE = "".join(path.read_text() for path in sorted(SOURCES.glob("*.ts")))
# How the sources name the errors that the page itself finds.
FOUND = re.compile(r"(?:failure\(auth, |return )'([a-z_]+)'")
TYPES = (STATIC / "ttminis-auth.d.ts").read_text()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/strict/?nonce", "/strict/"])
def test_strict_policy_is_no_obstacle(path: str, visit: Visit) -> None:
    visit.open(path)
    assert visit.event("login")["changed"] is True
    assert visit.page.evaluate("window.__inits") == [CLIENT_KEY]


@pytest.mark.browser
def test_file_loaded_twice_logs_in_once(visit: Visit) -> None:
    visit.open()
    visit.ready()
    visit.page.add_script_tag(url="/static/ttminis_auth/ttminis-auth.js")
    visit.page.wait_for_timeout(200)
    assert visit.sdk_calls() == 1


@pytest.mark.browser
def test_file_in_a_bundle_waits_for_its_configuration(visit: Visit) -> None:
    visit.open("/stage/?bundle")
    assert visit.event("login")["changed"] is True
    assert visit.sdk_calls() == 1


@pytest.mark.browser
def test_types_name_what_the_page_has(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    body = TYPES.partition("interface TTMinisAuthApi {")[2].partition("\n}")[0]
    promised = re.findall(r"^    (?:readonly )?(\w+)[(:]", body, flags=re.MULTILINE)
    assert sorted(promised) == visit.page.evaluate("Object.keys(TTMinisAuth).sort()")


@pytest.mark.browser
def test_nothing_private_stands_on_the_window(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    visit.ready()
    ours = "Object.keys(window).filter((name) => /minis|auth/i.test(name)).sort()"
    assert visit.page.evaluate(ours) == ["TTMinis", "TTMinisAuth"]


def test_types_name_every_code_of_the_script() -> None:
    codes = set(FOUND.findall(SOURCE))
    assert len(codes) > 8
    assert {code for code in codes if f"'{code}'" not in TYPES} == set()


def test_page_brings_words_for_each_error_that_it_finds() -> None:
    codes = set(FOUND.findall(SOURCE))
    assert codes - set(messages()) == {"code_rejected"}  # the server's, in fact


def test_module_brings_the_same_words_in_english() -> None:
    written = (SOURCES / "messages.ts").read_text()
    said = dict(re.findall(r"^  (\w+): '(.*)',$", written, re.MULTILINE))
    assert said == {code: str(text) for code, text in messages().items()}


@pytest.mark.parametrize(
    "text", ["TTMinis.login(", "TTMinis.authorize(", "TTMinis.init({clientKey:"]
)
def test_upload_scan_finds_the_literal_call(text: str) -> None:
    assert [text in code for code in CODES] == [True, True]


# TikTok's restrictions of the page, and this project's own on the console.
@pytest.mark.parametrize(
    "pattern",
    [
        r"\beval\b",
        r"\bFunction\(",
        r"set(Timeout|Interval)\(\s*['\"`]",
        r"iframe",
        r"innerHTML|document\.write",
        r"console\.",
        r"createElement",
    ],
)
def test_script_does_without(pattern: str) -> None:
    assert [code for code in CODES if re.search(pattern, code)] == []
