"""An exported page in a browser, from a plain static server."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.export.conftest import API, SDK
from tests.fixtures import DRAMA

pytestmark = pytest.mark.browser

PAGE = """{% load static ttminis %}<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Drama</title>
{% ttminis_sdk mode=ttminis_mode api_base=api_base client_key=client_key silent=False %}
<link rel="icon" href="{% static 'drama/icon.svg' %}">
<link rel="stylesheet" href="{% static 'drama/drama.css' %}">
<script type="module" src="{% static 'drama/drama.js' %}"></script>
<script type="module">
  import { word } from "{% static 'drama/words.js' %}";
  document.body.dataset.inline = word;
</script>
</head><body>{% ttminis_login_button %}</body></html>
"""
STATICS = {
    "drama/icon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "drama/drama.css": "@import 'colours.css'; body { background: url(icon.svg) }",
    "drama/colours.css": "body { color: rgb(1, 2, 3) }",
    "drama/drama.js": "import { word } from './words.js';\n"
    "document.body.dataset.module = word;\n",
    "drama/words.js": "export const word = 'elsewhere';\n",
}
STAND_IN = "window.TTMinis = {init(o) { this.key = o.clientKey }, login() {}, on() {}};"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve everything under the test's directory, as any static host would."""
    handler = partial(Quiet, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.fixture
def opened(site, export, server, chromium):
    """The page of an exported package, with the messages of its console."""
    site.template("page.html", PAGE)
    for name, content in STATICS.items():
        site.static(name, content)
    export()
    page = chromium.new_page()
    page.noise = []
    page.on("console", lambda message: page.noise.append(message.text))
    page.on("pageerror", lambda error: page.noise.append(str(error)))
    page.on("requestfailed", lambda request: page.noise.append(request.url))
    page.route(SDK, lambda route: route.fulfill(body=STAND_IN))
    page.goto(f"{server}/package/index.html", wait_until="networkidle")
    page.evaluate("TTMinisAuth.ready.then(() => null)")
    yield page
    page.close()


def test_an_exported_page_has_no_console_messages(opened):
    assert opened.noise == []


def test_an_exported_page_runs_its_scripts(opened):
    dataset = opened.evaluate("({...document.body.dataset})")

    assert dataset == {"inline": "elsewhere", "module": "elsewhere"}


def test_an_exported_page_has_its_styles(opened):
    colour = opened.evaluate("getComputedStyle(document.body).color")

    assert colour == "rgb(1, 2, 3)"


def test_an_exported_page_initialises_the_sdk(opened):
    assert opened.evaluate("TTMinis.key") == DRAMA


def test_an_exported_page_uses_the_api(opened):
    config = opened.evaluate(
        "JSON.parse(document.getElementById('ttminis-auth-config').textContent)"
    )

    assert config["mode"] == "token"
    assert config["loginUrl"].startswith(f"{API}/")


def test_an_exported_page_has_no_data_of_a_request(opened):
    shown = opened.content()

    assert "csrf" not in shown.lower()
    assert "userId" not in shown
