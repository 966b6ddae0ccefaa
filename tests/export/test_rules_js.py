"""What a script may not do, told apart from what it merely says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.export.conftest import SDK, objections
from ttminis_auth.export import scripts
from ttminis_auth.export.rules_js import (
    EVAL,
    FRAME,
    FUNCTION,
    JAVASCRIPT_URL,
    REMOTE,
    TIMER,
)

FAR = "https://cdn.example.com/x.js"
FROM_FAR = REMOTE.format(FAR)


def of(script: str | bytes) -> list[str]:
    return objections("app.js", script)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("eval(x)", EVAL),
        ("eval?.(x)", EVAL),
        ("eval`x`", EVAL),
        ("(0, eval)(x)", EVAL),
        ("const run = eval;", EVAL),
        ("call({eval});", EVAL),
        ("`${eval(x)}`", EVAL),
        ("window.eval(x)", EVAL),
        ("window?.eval(x)", EVAL),
        ('window["eval"](x)', EVAL),
        ("window[`eval`](x)", EVAL),
        ('window["ev" + "al"](x)', EVAL),
        ('window["e\\x76a\\u006c"](x)', EVAL),
        ("ev\\u{61}l(x)", EVAL),
        ("globalThis.eval(x)", EVAL),
        ("self.top.parent.frames.eval(x)", EVAL),
        ("(window)\n.eval(x)", EVAL),
        ("new Function(x)", FUNCTION),
        ("new Function", FUNCTION),
        ("Function('a', x)", FUNCTION),
        ("Function.apply(null, x)", FUNCTION),
        ("new window.Function(x)", FUNCTION),
        ("globalThis['Function'](x)", FUNCTION),
        ("setTimeout('go()', 1)", TIMER),
        ("setInterval(`go(${x})`, 1)", TIMER),
        ("window.setTimeout('go(' + x + ')', 1)", TIMER),
        ("self['setInterval'](/* soon */ ('go()'))", TIMER),
        ("document.createElement('iframe')", FRAME),
        ("d.createElement(`IFRAME`)", FRAME),
        ("d.createElementNS('http://www.w3.org/1999/xhtml', 'iframe')", FRAME),
        ("box.innerHTML = '<p><iframe src=x></iframe>'", FRAME),
        ("document.write('<iframe>')", FRAME),
        ("box.insertAdjacentHTML('beforeend', '<iframe>')", FRAME),
        ("location = 'javascript:go()'", JAVASCRIPT_URL),
        ("link.href = ' java\\nscript:go()'", JAVASCRIPT_URL),
        ("link.setAttribute('href', 'javascript:go()')", JAVASCRIPT_URL),
        ("location.assign('javascript:go()')", JAVASCRIPT_URL),
        ("window.open('javascript:go()')", JAVASCRIPT_URL),
        (f"import '{FAR}'", FROM_FAR),
        (f"import {{x}} from '{FAR}'", FROM_FAR),
        (f"export * from '{FAR}'", FROM_FAR),
        (f"import('{FAR}')", FROM_FAR),
        (f"importScripts('{FAR}')", FROM_FAR),
        (f"new Worker('{FAR}')", FROM_FAR),
        (f"document.write('<script src=\"{FAR}\"></script>')", FROM_FAR),
        (f"const s = document.createElement('script'); s.src = '{FAR}'", FROM_FAR),
        (f"this.s = d.createElement('script'); this.s.src = '{FAR}'", FROM_FAR),
        (f"let l; l = d.createElement('link'); l.href = '{FAR}'", FROM_FAR),
        (
            f"const s = d.createElement('script'); s.setAttribute('src', '{FAR}')",
            FROM_FAR,
        ),
        (
            f"const s = d.createElement('script'); go(() => {{ s.src = '{FAR}' }})",
            FROM_FAR,
        ),
        ("import '//[bad'", REMOTE.format("//[bad")),
    ],
)
def test_forbidden_code_is_found_at_its_line(code, what):
    assert of(f"first();\n\n{code};\nlast();\n") == [f"app.js:3: {what}"]


@pytest.mark.parametrize(
    "code",
    [
        "// eval(x)",
        "/* new Function(x)\n eval(x) */",
        "'eval(x)'",
        '"window.eval(x)"',
        "`eval(x)`",
        "/eval(x)/.test(y)",
        "a / eval_(x) / b",
        "retrieval(x)",
        "evaluate(x)",
        "math.eval(x)",
        "node.get().eval(x)",
        "x instanceof Function",
        "Function.prototype.call(x)",
        "setTimeout(go, 1)",
        "setTimeout(() => 'go()', 1)",
        "setTimeout()",
        "setTimeout(a - 'b')",
        "document.createElement('div')",
        "const box = document.createElement('div')",
        "document.createElement()",
        "document.createElement(name)",
        "say('<iframe>')",
        "box.innerHTML = '<p>'",
        "box.innerHTML = x",
        "link.href = '#top'",
        "link.href = x",
        "link.setAttribute('href')",
        "open(x)",
        "open()",
        "'javascript:x'.replace('javascript:', '')",
        "import './near.js'",
        "import(name)",
        "export const x = 1",
        f"import '{SDK}'",
        f"picture.src = '{FAR}'",
        f"{{() => s = d.createElement('script')}} {{() => s.src = '{FAR}'}}",
        f"fetch('{FAR}')",
        "new Worker(x)",
        "new (pick())('x')",
        "names[0](x)",
        "if (x) {}",
    ],
)
def test_harmless_code_is_let_through(code):
    assert of(code) == []


def test_inline_handler_is_a_script():
    page = '<p>\n<button onclick="eval(x)">'

    assert objections("more.html", page) == [f"more.html:2: {EVAL}"]


def test_long_chain_of_texts_is_read():
    chain = " + ".join(["'a'"] * 3_000)

    assert of(f"x.innerHTML = {chain} + '<iframe>';") == [f"app.js:1: {FRAME}"]


def test_expression_that_is_not_there_names_nothing():
    assert scripts.path(None) == ("?",)


def test_script_newer_than_the_grammar_is_searched_all_the_same():
    assert of("x = a |> go(%);\neval(x);\n") == [f"app.js:2: {EVAL}"]


spice = st.sampled_from(
    ["eval(x)", "new Function('x')", "<iframe>", "javascript:x", "setTimeout('x')", FAR]
)
anything = st.lists(st.text() | spice).map("".join)


# JSON is JavaScript.
@given(anything.map(json.dumps))
def test_no_text_in_a_string_is_a_finding(literal):
    assert of(f"const said = {literal};\nsay({literal});") == []


@given(anything.map(lambda text: text.replace("*/", "* /")))
def test_no_text_in_a_comment_is_a_finding(text):
    assert of(f"/* {text} */ go();".encode("utf-8", "replace")) == []


def as_template(text: str) -> str:
    for sign in ("\\", "`", "$"):
        text = text.replace(sign, "\\" + sign)
    return f"`{text}`"


@given(anything)
def test_no_text_in_a_template_literal_is_a_finding(text):
    code = f"const said = {as_template(text)};"

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
def test_real_eval_is_found_wherever_it_stands(before, call, after):
    above = "\n".join([*before, ""])
    line = above.count("\n") + 1

    found = of("\n".join([above + call + ";", *after]))

    assert found == [f"app.js:{line}: {EVAL}"]


@given(st.binary())
def test_no_bytes_upset_the_search(content):
    of(b"x" + content)
