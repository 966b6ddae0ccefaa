"""The page under a strict Content-Security-Policy, and the contents of the script."""

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
# The sources name the errors that the page itself finds so.
FOUND = re.compile(r"(?:failure\(auth, |return )'([a-z_]+)'")
TYPES = (STATIC / "ttminis-auth.d.ts").read_text()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/strict/?nonce", "/strict/"])
def test_a_page_logs_in_under_a_strict_policy(path: str, visit: Visit) -> None:
    visit.open(path)
    assert visit.event("login")["changed"] is True
    assert visit.page.evaluate("window.__inits") == [CLIENT_KEY]


@pytest.mark.browser
def test_a_script_loaded_twice_logs_in_once(visit: Visit) -> None:
    visit.open()
    visit.ready()
    visit.page.add_script_tag(url="/static/ttminis_auth/ttminis-auth.js")
    visit.page.wait_for_timeout(200)
    assert visit.sdk_calls() == 1


@pytest.mark.browser
def test_a_script_loaded_before_the_tag_waits_for_its_configuration(
    visit: Visit,
) -> None:
    visit.open("/stage/?bundle")
    assert visit.event("login")["changed"] is True
    assert visit.sdk_calls() == 1


@pytest.mark.browser
def test_types_declare_exactly_the_functions_of_the_page(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    body = TYPES.partition("interface TTMinisAuthApi {")[2].partition("\n}")[0]
    promised = re.findall(r"^    (?:readonly )?(\w+)[(:]", body, flags=re.MULTILINE)
    assert sorted(promised) == visit.page.evaluate("Object.keys(TTMinisAuth).sort()")


@pytest.mark.browser
def test_script_defines_only_public_names_on_the_window(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    visit.ready()
    ours = "Object.keys(window).filter((name) => /minis|auth/i.test(name)).sort()"
    assert visit.page.evaluate(ours) == ["TTMinis", "TTMinisAuth"]


def test_types_declare_every_error_code_of_the_script() -> None:
    codes = set(FOUND.findall(SOURCE))
    assert len(codes) > 8
    assert {code for code in codes if f"'{code}'" not in TYPES} == set()


def test_page_has_a_message_for_each_error_code_of_the_script() -> None:
    codes = set(FOUND.findall(SOURCE))
    assert codes - set(messages()) == {"code_rejected"}  # this one is the server's


def test_messages_of_the_module_are_the_english_messages_of_the_page() -> None:
    written = (SOURCES / "messages.ts").read_text()
    english = dict(re.findall(r"^  (\w+): '(.*)',$", written, re.MULTILINE))
    assert english == {code: str(text) for code, text in messages().items()}


@pytest.mark.parametrize(
    "text", ["TTMinis.login(", "TTMinis.authorize(", "TTMinis.init({clientKey:"]
)
def test_upload_scan_finds_the_literal_call(text: str) -> None:
    assert [text in code for code in CODES] == [True, True]


# TikTok forbids these in a page, and this project forbids the console.
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
def test_script_has_no_forbidden_call(pattern: str) -> None:
    assert [code for code in CODES if re.search(pattern, code)] == []
