"""Every code block in the documents is valid in its language.

Blocks with a caption are files of the tutorials and how-to pages.
``test_tutorial.py`` and ``test_how_to.py`` use them.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.template import engines
from docutils import nodes

from tests import unmeasured
from tests.chromium import running
from tests.documents import DOCS, PAGES, ROOT, blocks, parse

# Run each block as its own module, with the names that a settings file defines before.
RUNNER = """
import sys, django
from pathlib import Path
django.setup()
for number, block in enumerate(sys.stdin.read().split("\\0")):
    given = {"__name__": f"block_{number}", "BASE_DIR": Path("/nowhere")}
    place, _, text = block.partition("\\n")
    try:
        exec(compile(text, place, "exec"), given)
    except Exception as error:
        print(f"{place}: {error!r}")
"""
STARTER = ["-m", "tests.documents.starting"]


def shown(language: str) -> Iterator[tuple[str, nodes.literal_block]]:
    """Yield the blocks without a caption, each with its place."""
    for page in PAGES:
        for block in blocks(page, language):
            if not block["title"]:
                yield f"{page.relative_to(ROOT)}:{block.line}", block


def is_settings(text: str) -> bool:
    """Return whether a block has only imports and names in capital letters."""
    nothing_else = (ast.Import, ast.ImportFrom)
    rest = [n for n in ast.parse(text).body if not isinstance(n, nothing_else)]
    return bool(rest) and all(
        isinstance(each, ast.Assign) and ast.unparse(each.targets[0]).isupper()
        for each in rest
    )


def run(command: list[str], given: list[str], **environment: str) -> str:
    """Run a program with the blocks as input; return its output."""
    done = subprocess.run(
        [sys.executable, *command],
        input="\0".join(given),
        env={**unmeasured.environ(), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.process
def test_python_blocks_run():
    found = [(at, block.astext()) for at, block in shown("python")]
    modules = [f"{at}\n{text}" for at, text in found if not is_settings(text)]

    assert len(modules) > 15
    variables = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    assert run(["-c", RUNNER], modules, **variables) == ""


@pytest.mark.process
def test_settings_blocks_start_a_project():
    found = [(at, block.astext()) for at, block in shown("python")]
    settings = [f"{at}\n{text}" for at, text in found if is_settings(text)]

    assert len(settings) > 8
    assert run(STARTER, settings) == ""


@pytest.mark.process
def test_invalid_settings_blocks_are_found():
    wrong = ["a\nINSTALLED_APPS = ['nowhere']", "b\nTTMINIS_UNION_LINKING = 'all'"]

    complaints = run(STARTER, wrong).splitlines()

    assert [complaint[:2] for complaint in complaints] == ["a:", "b:"]


def test_template_blocks_render(rf, db, settings):
    apps = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"]
    named = [{**app, "provider_id": "drama"} for app in apps]
    settings.SOCIALACCOUNT_PROVIDERS = {
        **settings.SOCIALACCOUNT_PROVIDERS,
        "ttminis": {"APPS": named},
    }
    request = rf.get("/")
    request.user = user = get_user_model().objects.create_user("mia")

    rendered = [
        engines["django"].from_string(block.astext()).render({"user": user}, request)
        for _, block in shown("html+django")
    ]

    assert len(rendered) > 8


def test_json_blocks_are_json():
    found = [json.loads(block.astext()) for _, block in shown("json")]

    assert found


def test_typescript_blocks_are_from_the_example():
    example = ROOT / "example_project" / "spa" / "src"
    written = " ".join(path.read_text() for path in example.glob("*.ts*"))
    found = [block.astext() for _, block in shown("typescript")]

    parts = [part for text in found for part in text.split("\n\n")]
    assert parts
    assert [part for part in parts if part not in written] == []


def test_html_blocks_are_from_the_example_or_a_policy():
    example = (ROOT / "example_project" / "spa" / "index.html").read_text()
    found = [block.astext() for _, block in shown("html")]

    written = " ".join(example.split())
    elsewhere = [text for text in found if " ".join(text.split()) not in written]
    (policy,) = elsewhere
    assert re.fullmatch("<meta[^>]+>", policy)


@pytest.mark.browser
def test_the_policy_block_is_valid_in_chromium():
    (policy,) = (block.astext() for _, block in shown("html") if "meta" in block[0])
    complaints = []
    with running().new_context() as context:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.set_content(f"<!doctype html><head>{policy}</head>")
        found = [*complaints]
        refused = page.evaluate("fetch('https://example.org/').catch(() => 'refused')")

    assert refused == "refused"
    assert found == []


def test_css_blocks_style_classes_of_the_package():
    package = ROOT / "ttminis_auth"
    places = [*package.rglob("templates/**/*.html"), *package.glob("templatetags/*.py")]
    written = " ".join(path.read_text() for path in places)
    classes = {
        name
        for _, block in shown("css")
        for name in re.findall(r"\.(ttminis-[\w-]+)", block.astext())
    }

    assert classes
    assert [name for name in classes if name not in written] == []


def test_each_file_of_a_how_to_page_is_tested():
    """Each page with files must be a project of ``test_how_to.py``."""
    from tests.documents.test_how_to import PROJECTS

    used = {
        "csp",
        "user-models",
        *(page for pages in PROJECTS.values() for page in pages),
    }
    with_files = {
        path.stem
        for path in (DOCS / "how-to").glob("*.rst")
        if any(block.get("title") for block in parse(path).findall(nodes.literal_block))
    }
    assert with_files == used


SCRIPT = ROOT / "ttminis_auth" / "static" / "ttminis_auth"
PAGE = """<!doctype html><title>Page</title>
<script>window.TTMinis = {{init() {{}}, login() {{}}, authorize() {{}}}};</script>
<script type="importmap">{{"imports": {{"ttminis-auth": "/esm.js"}}}}</script>
{head}
<input name="csrfmiddlewaretoken" value="any">
<script type="module">
{block}
</script>
<script type="module">document.title = "The end";</script>
"""
TAG = """<script type="application/json" id="ttminis-auth-config">{}</script>
<script src="/ttminis-auth.js"></script>"""


def answer(route, html: str) -> None:
    """Answer as the site: its page, its scripts, and an API with empty answers."""
    path = route.request.url.partition("://")[2].partition("/")[2]
    file: Path = SCRIPT / path.replace("esm.js", "ttminis-auth.esm.js")
    if not path:
        route.fulfill(body=html, content_type="text/html")
    elif path.endswith(".js"):
        route.fulfill(body=file.read_text(), content_type="text/javascript")
    else:
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Headers": "*",
        }
        route.fulfill(body="{}", content_type="application/json", headers=headers)


@pytest.mark.browser
@pytest.mark.parametrize(
    "block", [pytest.param(b.astext(), id=at) for at, b in shown("javascript")]
)
def test_javascript_blocks_run(block):
    config = {"clientKey": "mnany", "loginUrl": "/in/", "silent": False}
    head = "" if "createTTMinisAuth" in block else TAG.format(json.dumps(config))
    complaints = []
    with running().new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        html = PAGE.format(head=head, block=block)
        page.route("**/*", lambda route: answer(route, html))
        page.goto("https://example.com/")
        page.wait_for_function("document.title === 'The end'")

    assert complaints == []
