"""Rules about HTML pages and style sheets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.export.conftest import SDK, findings, objections

FAR = "https://cdn.example.com/x"


def of(html: str, name: str = "more.html") -> list[tuple[int | None, str]]:
    return objections(name, html)


def import_map(address: str) -> str:
    return f'<script type=importmap>{{"imports": {{"x": "{address}"}}}}</script>'


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        ("<iframe></iframe>", "frame"),
        ("<IFRAME srcdoc=x>", "frame"),
        ("<frame src=x>", "frame"),
        ("<template><iframe></iframe></template>", "frame"),
        ("<noscript><iframe src=x></iframe></noscript>", "frame"),
        ("<object data=x></object>", "dynamic-frame"),
        ("<embed src=x>", "dynamic-frame"),
        (f'<script src="{FAR}"></script>', "remote-file"),
        (f'<script type=module src="{FAR}"></script>', "remote-file"),
        ("<script src=//cdn.example.com></script>", "remote-file"),
        ("<script src=data:,x></script>", "remote-file"),
        (f'<svg><script xlink:href="{FAR}"></script></svg>', "remote-file"),
        (f'<link rel=stylesheet href="{FAR}">', "remote-file"),
        (f'<link rel="alternate StyleSheet" href="{FAR}">', "remote-file"),
        (f'<link rel=modulepreload href="{FAR}">', "remote-file"),
        (f'<link rel=preload as=script href="{FAR}">', "remote-file"),
        (f"<style>@import url({FAR});</style>", "remote-file"),
        ('<base href="/app/">', "base"),
        ("<a href=javascript:go()>x</a>", "javascript-address"),
        ('<a href=" JAVA&#10;SCRIPT:go()">x</a>', "javascript-address"),
        ("<form action=javascript:go()></form>", "javascript-address"),
        ("<button formaction=javascript:go()></button>", "javascript-address"),
        (import_map(FAR), "import-map"),
        (import_map("data:text/javascript,x"), "import-map"),
        ("<script>eval(x)</script>", "eval"),
        ("<script type=module>eval(x)</script>", "eval"),
        ("<svg onload=eval(x)></svg>", "eval"),
        ("<img src=gone.png>", "missing-file"),
        ("<video poster=gone.png></video>", "missing-file"),
        ("<input type=image src=gone.png>", "missing-file"),
        ("<svg><image xlink:href=gone.png></svg>", "missing-file"),
        ("<svg><use href='gone.svg#a'></svg>", "missing-file"),
        ("<link rel='shortcut icon' href=gone.png>", "missing-file"),
        ("<link rel=apple-touch-icon href=gone.png>", "missing-file"),
        ("<link rel=preload as=image imagesrcset='gone.png 2x'>", "missing-file"),
        ("<img srcset='index.html, gone.png 2x'>", "missing-file"),
        ("<source srcset=gone.png>", "missing-file"),
        ("<style>p { background: url(gone.png) }</style>", "missing-file"),
        ("<style>@import 'gone.css';</style>", "missing-file"),
        ('<p style="background: url(gone.png)">', "missing-file"),
        ("<script type=module>import './gone.js'</script>", "missing-file"),
        ("<script>import('./gone.js')</script>", "missing-file"),
        ("<script src=/gone.js></script>", "missing-file"),
        ("<script src=/index.html></script>", "root-address"),
    ],
)
def test_a_forbidden_element_is_found_at_its_line(element, rule):
    assert of(f"<!DOCTYPE html>\n<p>\n{element}\n") == [(3, rule)]


@pytest.mark.parametrize(
    "element",
    [
        "<!-- <iframe></iframe> -->",
        "<p>eval(x), &lt;iframe&gt;</p>",
        "<script type=application/json>eval(x)</script>",
        "<script>'<div>', '</p>', 'eval(x)'</script>",
        "<script></script>",
        "<style>p::after { content: 'eval(x)' }</style>",
        f'<script src="{SDK}"></script>',
        f'<a href="{FAR}">x</a>',
        f'<img src="{FAR}">',
        "<svg><use href='#here'></svg>",
        f'<link rel=icon href="{FAR}">',
        f"<style>@font-face {{ src: url({FAR}) }}</style>",
        "<p style='fill: url(#here)'>",
        "<script type=module>import 'vue'</script>",
        f"<img srcset='{FAR}, data:image/png;base64,AA,BB 2x, index.html 3x'>",
        "<base target=x>",
        "<link>",
        "<link rel=canonical href=/>",
        "<link rel='icon shortcut' href=index.html>",
        import_map("./index.html"),
        "<script type=importmap>{</script>",
        "<script type=importmap>[1]</script>",
    ],
)
def test_a_harmless_element_is_accepted(element):
    assert of(f"<p>\n{element}\n") == []


def test_a_finding_in_an_inline_script_has_the_line_of_the_file():
    page = "<p>\n<script>\n  say('</b>');\n  eval(x);\n</script>\n"

    assert of(page) == [(4, "eval")]


def test_line_of_what_a_style_asks_for_is_the_line_in_the_file():
    page = "<p>\n<style>\np { color: red }\nq { background: url(gone.png) }</style>"

    assert of(page) == [(4, "missing-file")]


def test_an_svg_file_is_checked_like_a_page():
    assert of("<svg>\n<script>eval(x)</script></svg>", "a.svg") == [(2, "eval")]


def test_a_style_sheet_that_imports_a_remote_one_is_refused():
    sheet = f"/* @import '{FAR}'; */\n@import '{FAR}';\np {{ content: '{FAR}' }}\n"

    assert objections("a.css", sheet) == [(2, "remote-file")]


@pytest.mark.parametrize(
    "sheet",
    [
        "@import url(index.html);",
        f"p {{ background: url({FAR}) }}",
        "p { background: url(#marker) url(data:,x) }",
        "@media x {}",
    ],
)
def test_a_style_sheet_may_use_remote_pictures_and_local_files(sheet):
    assert objections("a.css", sheet) == []


@pytest.mark.parametrize("start", ["<![CDATA[", "<![if IE]", "<![x", "<!x", "<?x"])
def test_script_behind_what_browsers_read_as_a_comment_is_found(start):
    page = f"{start}><script src={FAR}></script>"

    assert of(page) == [(1, "remote-file")]


def test_a_style_sheet_that_uses_a_missing_file_is_refused():
    (found,) = findings("css/a.css", "p {}\nq { background: url(../gone.png) }")

    assert (found.line, found.detail) == (2, "../gone.png")


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
def test_no_page_breaks_the_check(page):
    objections("more.html", page.encode("utf-8", "replace"))


@given(st.lists(st.binary() | st.sampled_from([b"@", b"url(", b"\\"])).map(b"".join))
def test_no_style_sheet_breaks_the_check(sheet):
    objections("a.css", b"p{}" + sheet)


@given(st.binary() | st.from_regex(r"[\\[\\]{}:,\"0-9.e-]*").map(str.encode))
def test_no_configuration_breaks_the_check(content):
    objections("minis.config.json", content)
