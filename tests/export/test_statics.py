"""Static files of an export: their selection, their names and the links in them."""

from __future__ import annotations

import re
import sys

import pytest

from tests.export.conftest import BODY_LINE


def hash_of(name: str) -> str:
    return name.split(".")[-2]


def test_a_static_file_of_the_page_is_exported(site, export):
    site.static("drama/icon.png", b"\x89PNG")
    site.page("<img src=\"{% static 'drama/icon.png' %}\">")

    export()

    name = site.name_of("drama/icon.png")
    assert f'<img src="./{name}">' in site.shown()
    assert (site.package / name).read_bytes() == b"\x89PNG"


def test_an_unused_static_file_is_not_exported(site, export):
    site.static("drama/other.png", "x")

    export()

    assert not [name for name in site.names() if "other" in name]


def test_an_exported_name_has_a_hash_of_the_content(site, export):
    site.static("a.txt", "one")
    site.page("{% static 'a.txt' %}")
    export()
    before = site.name_of("a.txt")

    site.static("a.txt", "two")
    export()

    assert re.fullmatch(r"static/a\.[0-9a-f]{12}\.txt", before)
    assert site.name_of("a.txt") != before


def test_a_changed_picture_changes_the_name_of_its_style_sheet(site, export):
    site.static("a.css", "@import 'b.css';")
    site.static("b.css", "p { background: url(c.png) }")
    site.static("c.png", "one")
    site.page("<link rel=stylesheet href=\"{% static 'a.css' %}\">")
    export()
    before = site.name_of("a.css")

    site.static("c.png", "two")
    export()

    assert site.name_of("a.css") != before


@pytest.mark.parametrize(
    ("written", "exported"),
    [
        ("url(../c.png)", "url(../c.{}.png)"),
        ("url( '../c.png?x#y' )", 'url( "../c.{}.png?x#y" )'),
        ("URL('../c.png#y')", 'URL("../c.{}.png#y")'),
        ("url(/static/c.png)", "url(../c.{}.png)"),
        ("image-set(url(../c.png) 1x)", "image-set(url(../c.{}.png) 1x)"),
        ("image-set('../c.png' 1x)", 'image-set("../c.{}.png" 1x)'),
        (
            "-webkit-image-set('../c.png' type(\"image/png\"), url(../c.png) 2x)",
            '-webkit-image-set("../c.{0}.png" type("image/png"), url(../c.{0}.png) 2x)',
        ),
        ("url(data:image/png;base64,AA==)", "url(data:image/png;base64,AA==)"),
        ("url(https://example.com/c.png)", "url(https://example.com/c.png)"),
        ("url(#marker)", "url(#marker)"),
        ("url(//[bad)", "url(//[bad)"),
    ],
)
def test_urls_in_a_style_sheet_are_rewritten_for_the_package(
    written, exported, site, export
):
    site.static("c.png", "x")
    site.static("css/a.css", f"p {{ background: {written} }}")
    page = "{% static 'c.png' %}<link rel=stylesheet href=\"{% static 'css/a.css' %}\">"
    site.page(page)

    export()

    shown = site.shown(site.name_of("css/a.css"))
    digest = hash_of(site.name_of("c.png"))
    assert shown == f"p {{ background: {exported.format(digest)} }}"


@pytest.mark.parametrize(
    "written", ["@import 'b.css';", "@import url(b.css) screen;", '@IMPORT "./b.css";']
)
def test_an_imported_style_sheet_is_exported(written, site, export):
    site.static("css/a.css", f"/* first */ {written} p {{ }}")
    site.static("css/b.css", "q { }")
    site.page("<link rel=stylesheet href=\"{% static 'css/a.css' %}\">")

    export()

    target = site.name_of("css/b.css").removeprefix("static/css/")
    assert target in site.shown(site.name_of("css/a.css"))


@pytest.mark.parametrize(
    "written",
    [
        "import '{}';",
        "import b, {{ c }} from '{}';",
        "export * from '{}';",
        "const d = () => import('{}');",
        "new URL('{}', import.meta.url);",
        "new Worker(new URL('{}', import.meta.url));",
        "new Worker(''+new URL('{}',import.meta.url).href);",
        "import(/* webpackIgnore: true */ '{}');",
    ],
)
def test_an_imported_script_is_exported(written, site, export):
    site.static("js/a.js", written.format("../lib/b.js") + " // '../lib/b.js'")
    site.static("lib/b.js", "export default 1;")
    site.page("<script type=module src=\"{% static 'js/a.js' %}\"></script>")

    export()

    new = "../" + site.name_of("lib/b.js").removeprefix("static/")
    expected = written.format(new).replace(f"'{new}'", f'"{new}"')
    assert site.shown(site.name_of("js/a.js")) == expected + " // '../lib/b.js'"


@pytest.mark.parametrize(
    "written",
    [
        "import(x);",
        "import 'lib';",
        "import(`./${x}.js`);",
        "new URL('./b.js', x);",
        "say('import \"./b.js\"');",
        "// import './b.js'",
        "export {};",
    ],
)
def test_text_in_a_script_that_is_no_url_is_not_changed(written, site, export):
    site.static("a.js", written)
    site.page("<script type=module src=\"{% static 'a.js' %}\"></script>")

    export()

    assert site.shown(site.name_of("a.js")) == written


def test_a_url_relative_to_a_module_needs_no_dot(site, export):
    site.static("js/a.js", "new URL(`b.wasm`, import.meta.url)")
    site.static("js/b.wasm", "x")
    site.page("<script type=module src=\"{% static 'js/a.js' %}\"></script>")

    export()

    assert site.name_of("js/b.wasm").removeprefix("static/js/") in site.shown(
        site.name_of("js/a.js")
    )


def test_scripts_may_import_each_other(site, export):
    site.static("a.js", "import './b.js';")
    site.static("b.js", "import './a.js';")
    site.page("<script type=module src=\"{% static 'a.js' %}\"></script>")

    export()

    here = {name.removeprefix("static/") for name in site.names()}
    a, b = site.name_of("a.js"), site.name_of("b.js")
    assert site.shown(a).split('"')[1].removeprefix("./") in here
    assert site.shown(b).split('"')[1].removeprefix("./") in here


def test_a_script_and_the_page_refer_to_the_same_file(site, export):
    site.static("a.js", "import './b.js';")
    site.static("b.js", "export {};")
    preload = "<link rel=modulepreload href=\"{% static 'b.js' %}\">"
    site.page(f"{preload}<script type=module src=\"{{% static 'a.js' %}}\"></script>")

    export()

    assert f'href="./{site.name_of("b.js")}"' in site.shown()


def test_a_fragment_of_a_static_url_is_kept(site, export):
    site.static("icons.svg", "<svg></svg>")
    site.page("<svg><use href=\"{% static 'icons.svg#play' %}\"></use></svg>")

    export()

    assert f'href="./{site.name_of("icons.svg")}#play"' in site.shown()


def test_a_space_in_a_static_name_is_escaped(site, export):
    site.static("my file.png", "x")
    site.page("<img src=\"{% static 'my file.png' %}\">")

    export()

    assert 'src="./static/my%20file.' in site.shown()


def test_an_unchanged_style_sheet_keeps_its_bytes(site, export):
    sheet = b"p::after { content: '\xe9' }\r\n"
    site.static("a.css", sheet)
    site.page("<link rel=stylesheet href=\"{% static 'a.css' %}\">")

    export()

    assert (site.package / site.name_of("a.css")).read_bytes() == sheet


def test_a_changed_style_sheet_keeps_its_encoding(site, export):
    site.static("c.png", "x")
    site.static("a.css", "p::after { content: 'é'; background: url(c.png) }")
    site.page("<link rel=stylesheet href=\"{% static 'a.css' %}\">")

    export()

    assert 'content: "é"' in site.shown(site.name_of("a.css"))


@pytest.mark.parametrize("name", ["nope.css", "", "drama", "../../etc/passwd"])
def test_a_missing_static_file_is_refused_at_the_template_s_line(name, site, refusal):
    site.page(f"\n{{% static '{name}' %}}")

    assert f"page.html:7: there is no static file '{name}'" in refusal()


@pytest.mark.parametrize(
    ("path", "content", "missing"),
    [
        ("css/a.css", "p { }\nq { background: url(gone.png) }", "gone.png"),
        ("css/a.css", "\nq { background: url(/gone.png) }", "/gone.png"),
        ("css/a.js", "go();\nimport '../gone.js';", "../gone.js"),
        ("css/a.js", "go();\nnew URL('gone.wasm', import.meta.url);", "./gone.wasm"),
    ],
)
def test_a_missing_file_used_by_a_static_file_is_refused_at_its_line(
    path, content, missing, site, refusal
):
    site.static(path, content)
    site.page(f"{{% static '{path}' %}}")

    assert f"{path}:2: {missing} is not in the package" in refusal()


def test_a_missing_file_of_a_library_can_be_waived(site, export):
    site.static("lib/a.js", "if (old) new URL('gone.wasm', import.meta.url);")
    site.page("<script type=module src=\"{% static 'lib/a.js' %}\"></script>")

    assert "waived: 1" in export(allow=["missing-file:lib/*"])


def test_an_export_restores_the_static_tag(site, export):
    from django.templatetags.static import static

    before = static("drama/login.js")

    export()

    assert static("drama/login.js") == before == "/static/drama/login.js"


def test_a_urlconf_imported_by_an_export_has_normal_static_urls(site, export, settings):
    sys.modules.pop("tests.export.urls_with_icon", None)
    settings.ROOT_URLCONF = "tests.export.urls_with_icon"
    site.page("<a href=\"{% url 'account_login' %}\">Log in</a>")

    export()

    assert sys.modules["tests.export.urls_with_icon"].ICON == "/static/drama/icon.svg"
    assert not [name for name in site.names() if "icon" in name]


# Django's finders accept these names, which lead out of the directory.
LEADING_OUT = ["../statics/b.js", "../../{root}/statics/b.js", "{statics}/b.js"]


def leading_out(site, name):
    site.static("b.js", "go();")
    root = site.statics.parent
    return name.format(root=root.name, statics=site.statics)


@pytest.mark.parametrize("name", LEADING_OUT)
def test_a_static_name_that_leads_out_of_the_package_is_refused(name, site, refusal):
    name = leading_out(site, name)
    site.page(f"<script src=\"{{% static '{name}' %}}\"></script>")

    assert f"page.html:{BODY_LINE}: there is no static file '{name}'" in refusal()
    assert not site.package.exists()


@pytest.mark.parametrize("name", LEADING_OUT)
@pytest.mark.parametrize("dots", ["..", "%2e%2e", "%2E."])
def test_a_url_in_a_style_sheet_that_leads_out_is_refused(name, dots, site, refusal):
    name = leading_out(site, name)
    site.static("a.css", f"p {{ background: url(/static/{name.replace('..', dots)}) }}")
    site.page("<link rel=stylesheet href=\"{% static 'a.css' %}\">")

    assert "a.css:1: " in refusal()
    assert not site.package.exists()


def test_a_static_name_with_a_backslash_is_refused(site, refusal):
    site.static("..\\b.js", "go();")
    site.page("<script src=\"{% static '..\\b.js' %}\"></script>")

    assert "there is no static file" in refusal()


def test_different_names_of_one_static_file_are_exported_once(site, export):
    site.static("drama/b.js", "go();")
    names = ["drama/b.js", "drama/../drama/b.js", "./drama//b.js"]
    tags = (f"<script src=\"{{% static '{name}' %}}\"></script>" for name in names)
    site.page("\n".join(tags))

    export()

    assert site.shown().count(site.name_of("drama/b.js")) == 3
