"""What a page may not hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.export.conftest import SDK, objections
from ttminis_auth.export.rules_js import EVAL, FRAME, JAVASCRIPT_URL, REMOTE

FAR = "https://cdn.example.com/x"
FROM_FAR = REMOTE.format(FAR)
BASE = "base moves every address of the package"


def of(html: str, name: str = "more.html") -> list[str]:
    return objections(name, html)


@pytest.mark.parametrize(
    ("element", "what"),
    [
        ("<iframe></iframe>", FRAME),
        ("<IFRAME srcdoc=x>", FRAME),
        ("<frame src=x>", FRAME),
        ("<template><iframe></iframe></template>", FRAME),
        (f'<script src="{FAR}"></script>', FROM_FAR),
        (f'<script type=module src="{FAR}"></script>', FROM_FAR),
        ("<script src=//cdn.example.com></script>", REMOTE.format("//cdn.example.com")),
        ("<script src=data:,x></script>", REMOTE.format("data:,x")),
        (f'<svg><script xlink:href="{FAR}"></script></svg>', FROM_FAR),
        (f'<link rel=stylesheet href="{FAR}">', FROM_FAR),
        (f'<link rel="alternate StyleSheet" href="{FAR}">', FROM_FAR),
        (f'<link rel=modulepreload href="{FAR}">', FROM_FAR),
        (f'<link rel=preload as=script href="{FAR}">', FROM_FAR),
        (f"<style>@import url({FAR});</style>", FROM_FAR),
        ('<base href="/app/">', BASE),
        ("<a href=javascript:go()>x</a>", JAVASCRIPT_URL),
        ('<a href=" JAVA&#10;SCRIPT:go()">x</a>', JAVASCRIPT_URL),
        ("<form action=javascript:go()></form>", JAVASCRIPT_URL),
        ("<button formaction=javascript:go()></button>", JAVASCRIPT_URL),
        ("<script>eval(x)</script>", EVAL),
        ("<script type=module>eval(x)</script>", EVAL),
        ("<svg onload=eval(x)></svg>", EVAL),
    ],
)
def test_forbidden_element_is_found_at_its_line(element, what):
    assert of(f"<!DOCTYPE html>\n<p>\n{element}\n") == [f"more.html:3: {what}"]


@pytest.mark.parametrize(
    "element",
    [
        "<!-- <iframe></iframe> -->",
        "<p>eval(x), &lt;iframe&gt;</p>",
        "<script type=application/json>eval(x)</script>",
        "<script>'<iframe>', '</p>', 'eval(x)'</script>",
        "<script></script>",
        "<style>p::after { content: 'eval(x)' }</style>",
        f'<script src="{SDK}"></script>',
        f'<a href="{FAR}">x</a>',
        f'<img src="{FAR}">',
        f'<link rel=icon href="{FAR}">',
        f"<style>@font-face {{ src: url({FAR}) }}</style>",
        "<base target=x>",
        "<link>",
    ],
)
def test_harmless_element_is_let_through(element):
    assert of(f"<p>\n{element}\n") == []


def test_line_in_an_inline_script_is_the_line_in_the_file():
    page = "<p>\n<script>\n  say('</b>');\n  eval(x);\n</script>\n"

    assert of(page) == [f"more.html:4: {EVAL}"]


def test_drawing_is_a_page_too():
    assert of("<svg>\n<script>eval(x)</script></svg>", "a.svg") == [f"a.svg:2: {EVAL}"]


def test_style_sheet_may_not_import_a_remote_one():
    sheet = f"/* @import '{FAR}'; */\n@import '{FAR}';\np {{ content: '{FAR}' }}\n"

    assert objections("a.css", sheet) == [f"a.css:2: {FROM_FAR}"]


@pytest.mark.parametrize(
    "sheet", ["@import url(x.css);", f"p {{ background: url({FAR}) }}", "@media x {}"]
)
def test_style_sheet_may_show_remote_pictures(sheet):
    assert objections("a.css", sheet) == []


scraps = [
    "<![",
    "<!",
    "<?",
    "</",
    "<script",
    "<style>",
    "-->",
    "]]>",
    "&#",
    "'",
    '"',
    "=",
]


@given(st.lists(st.text() | st.sampled_from(scraps)).map("".join))
def test_no_page_upsets_the_search(page):
    objections("more.html", page.encode("utf-8", "replace"))


@given(st.lists(st.binary() | st.sampled_from([b"@", b"url(", b"\\"])).map(b"".join))
def test_no_style_sheet_upsets_the_search(sheet):
    objections("a.css", b"p{}" + sheet)


@given(st.binary() | st.from_regex(r"[\\[\\]{}:,\"0-9.e-]*").map(str.encode))
def test_no_configuration_upsets_the_search(content):
    objections("minis.config.json", content)
