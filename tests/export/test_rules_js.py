"""Rules find code that TikTok may refuse, and ignore strings and comments."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.export.conftest import SDK, findings, objections
from ttminis_auth.export import scripts

FAR = "https://cdn.example.com/x.js"
GOOGLE_TAG_MANAGER = (
    "(function(w,d,s,l,i){w[l]=w[l]||[];var f=d.getElementsByTagName(s)[0],"
    "j=d.createElement(s);j.async=true;j.src='https://www.googletagmanager.com/gtm.js"
    "?id='+i;f.parentNode.insertBefore(j,f);})(window,document,'script','data','GTM-X')"
)


def of(script: str | bytes) -> list[tuple[int | None, str]]:
    return objections("app.js", script)


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("eval(x)", "eval"),
        ("eval?.(x)", "eval"),
        ("eval`x`", "eval"),
        ("(0, eval)(x)", "eval"),
        ("const run = eval;", "eval"),
        ("call({eval});", "eval"),
        ("`${eval(x)}`", "eval"),
        ("window.eval(x)", "eval"),
        ("window?.eval(x)", "eval"),
        ('window["eval"](x)', "eval"),
        ("window[`eval`](x)", "eval"),
        ("globalThis.eval(x)", "eval"),
        ("new Function(x)", "function-constructor"),
        ("new Function", "function-constructor"),
        ("Function('a', x)", "function-constructor"),
        ("Function.apply(null, x)", "function-constructor"),
        ("new window.Function(x)", "function-constructor"),
        ("globalThis['Function'](x)", "function-constructor"),
        ("const F = Function", "function-constructor"),
        ("F=Function,G=1", "function-constructor"),
        ("F = Function\t\n", "function-constructor"),
        ("const F = window.Function", "function-constructor"),
        ("[].constructor.constructor('go()')", "function-constructor"),
        ("(async () => {}).constructor('go()')", "function-constructor"),
        ("setTimeout('go()', 1)", "string-timer"),
        ("setInterval(`go(${x})`, 1)", "string-timer"),
        ("window.setTimeout('go(' + x + ')', 1)", "string-timer"),
        ("document.createElement('iframe')", "dynamic-frame"),
        ("d.createElement(`IFRAME`)", "dynamic-frame"),
        ("d.createElementNS(html, 'iframe')", "dynamic-frame"),
        ("(0,r.jsx)('iframe',{src:x})", "dynamic-frame"),
        ("React.createElement(`iframe`,null)", "dynamic-frame"),
        ("_createElementBlock('iframe', {src: x})", "dynamic-frame"),
        ("box.innerHTML = '<p><iframe src=x></iframe>'", "dynamic-frame"),
        ("const html = `<IFRAME src=${x}>`", "dynamic-frame"),
        ("location = 'javascript:go()'", "javascript-address"),
        ("link.setAttribute('href', ' JavaScript:go()')", "javascript-address"),
        ("jsx('a', {href: 'javascript:void(0)'})", "javascript-address"),
        (f"import '{FAR}'", "dynamic-script"),
        ("import {x} from 'https://esm.example.com/x'", "dynamic-script"),
        ("import('//esm.example.com/x')", "dynamic-script"),
        ("import '//[bad'", "dynamic-script"),
        (f"importScripts('{FAR}')", "dynamic-script"),
        (f"new Worker('{FAR}?v=1')", "dynamic-script"),
        (f"document.write('<script src=\"{FAR}\"></script>')", "dynamic-script"),
        (f"l.href = '{FAR}'", "dynamic-script"),
        ("l.href = 'https://fonts.example.com/css2?family=X'", "dynamic-script"),
        ("document.createElement('script')", "dynamic-script"),
        (GOOGLE_TAG_MANAGER, "dynamic-script"),
        ("new Worker(URL.createObjectURL(x))", "blob-code"),
        ("new Blob([x], {type: 'text/javascript'})", "blob-code"),
        ("import('data:text/javascript,go()')", "blob-code"),
    ],
)
def test_code_that_tiktok_may_refuse_is_found_at_its_line(code, rule):
    found = of(f"first();\n\n{code};\nlast();\n")

    assert (3, rule) in found
    assert {line for line, _ in found} == {3}


@pytest.mark.parametrize(
    "code",
    [
        "// eval(x), <iframe>",
        "/* new Function(x)\n eval(x)\n 'javascript:x' */",
        "'eval(x)'",
        '"window.eval(x)"',
        "`eval(x)`",
        "/eval(x)/.test(y)",
        "/['\"]javascript:/.test(y)",
        "a / eval_(x) / b",
        "retrieval(x)",
        "evaluate(x)",
        "math.eval(x)",
        "node.get().eval(x)",
        "x = {eval: 1, eval() {}}",
        "x instanceof Function",
        "x === Function",
        "x = {type: Function}",
        "x = Function.prototype.toString",
        "isFunction(x)",
        "new e.constructor(x)",
        "class A { constructor(x = 'y') {} }",
        "setTimeout(go, 1)",
        "setTimeout(() => 'go()', 1)",
        "setTimeout()",
        "document.createElement('div')",
        "document.createElement(name)",
        "document.getElementsByTagName('iframe')",
        "document.querySelectorAll('script')",
        "x.closest('iframe')",
        "if ('script' === x || ('iframe' === x)) go()",
        "x.innerHTML = '<p>'",
        "link.href = '#top'",
        "x.startsWith('javascript:')",
        "import './index.html'",
        "import 'vue'",
        "import(name)",
        "import(`./${name}.js`)",
        f"import '{SDK}'",
        f"s.src = '{SDK}'",
        "picture.src = 'https://cdn.example.com/x.png'",
        "fetch('https://api.example.com/x.json')",
        "new Worker('./index.html')",
        "new Worker(new URL('./index.html', import.meta.url))",
        "new Worker(''+new URL('index.html',import.meta.url).href)",
        "new Worker(new URL(new URL(`index.html`,import.meta.url).href,``))",
        "t('Hello {{name}}')",
    ],
)
def test_harmless_code_is_accepted(code):
    assert of(code) == []


def test_an_inline_event_handler_is_checked_like_a_script():
    page = '<p>\n<button onclick="eval(x)">'

    assert objections("more.html", page) == [(2, "eval")]


def test_a_line_has_one_finding_for_each_rule():
    assert of("eval(x);eval(y);new Function(x);eval(z)") == [
        (1, "eval"),
        (1, "function-constructor"),
    ]


def test_a_script_with_unknown_syntax_is_still_checked():
    assert of("x = a |> go(%);\neval(x);\n") == [(2, "eval")]


@pytest.fixture
def _all_too_large(monkeypatch):
    monkeypatch.setattr(scripts, "MOST_SIGNS", 10)


@pytest.mark.usefixtures("_all_too_large")
def test_a_script_too_large_to_be_parsed_is_searched_as_text():
    code = "/**\n * eval(x) */\n// eval(x)\nsay(1); eval(x);\nf = '<iframe>';\n"

    assert of(code) == [(4, "eval"), (5, "dynamic-frame")]


def test_a_module_that_imports_a_missing_file_is_refused():
    code = (
        "import './gone.js';\nimport('../up.js');\nnew URL('a.wasm', import.meta.url)"
    )

    found = findings("app.js", code)

    assert [(f.line, f.rule, f.detail) for f in found] == [
        (1, "missing-file", "./gone.js"),
        (2, "missing-file", "../up.js"),
        (3, "missing-file", "./a.wasm"),
    ]


spice = st.sampled_from(
    ["eval(x)", "new Function('x')", "= Function;", "setTimeout('x')", "('iframe')"]
)
anything = st.lists(st.text() | spice).map("".join)


# JSON is JavaScript.
@given(anything.map(json.dumps))
def test_no_string_is_mistaken_for_code(literal):
    assert of(f"const text = {literal};\nshow({literal});") == []


@given(st.lists(anything | st.sampled_from(["'<iframe>'", FAR])).map("".join))
def test_no_comment_is_mistaken_for_code(text):
    commented = text.replace("*/", "* /")

    assert of(f"/* {commented} */ go();".encode("utf-8", "replace")) == []


def as_template(text: str) -> str:
    for sign in ("\\", "`", "$"):
        text = text.replace(sign, "\\" + sign)
    return f"`{text}`"


@given(anything)
def test_no_template_literal_is_mistaken_for_code(text):
    code = f"const text = {as_template(text)};"

    assert of(code.encode("utf-8", "replace")) == []


harmless = st.sampled_from(
    [
        "const a = 'x';",
        "// eval(x)",
        "/* ' */",
        "b = /[/'\"`]/g;",
        "c = `${`'`}`;",
        "d = 4 / 2 / 1;",
        "if (e) { f(); }",
        'class G { h() { return "\'"; } }',
        "label: for (const i of j) continue label;",
        "k = async () => { await l?.m ?? n; };",
        "o = <!-- an old comment\n p;",
    ]
)
calls = st.sampled_from(
    ["eval(q)", "q(eval)", "window.eval(q)", 'self["eval"](q)', "q = `${eval(r)}`"]
)


@given(st.lists(harmless), calls, st.lists(harmless))
def test_a_real_eval_is_found_at_any_place(before, call, after):
    above = "\n".join([*before, ""])
    line = above.count("\n") + 1

    found = of("\n".join([above + call + ";", *after]))

    assert found == [(line, "eval")]


@given(st.binary())
def test_no_bytes_break_the_check(content):
    of(b"x" + content)
