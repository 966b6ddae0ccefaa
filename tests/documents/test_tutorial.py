"""The tutorial, typed word by word into an empty folder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from docutils import nodes

from tests.documents import DOCS, ROOT, parse
from tests.ports import reserved_port

pytestmark = pytest.mark.process

SECONDS = 300


class Newcomer:
    """Somebody with a terminal, an editor and a browser, who does as the page says."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.activated = ""
        self.server: subprocess.Popen[bytes] | None = None
        self.browser = requests.Session()

    def follow(self, section: nodes.section) -> None:
        for block in section.findall(nodes.literal_block):
            if "console" in block["classes"]:
                self.type_all(self.text(block))
            else:
                self.save(block["title"], self.text(block))

    def text(self, block: nodes.literal_block) -> str:
        return block.astext().replace("8000", str(self.port))

    def save(self, caption: str, text: str) -> None:
        where = caption.removeprefix("At the end of ")
        path = self.folder / where
        path.parent.mkdir(exist_ok=True)
        before = path.read_text() if where != caption else ""
        path.write_text(f"{before}{text}\n")

    def type_all(self, session: str) -> None:
        for typed, shown in re.findall(r"^\$ (.*)\n?((?:^[^$].*\n?)*)", session, re.M):
            if "activate" in typed:
                self.activated = f"{typed} && "
            elif "runserver" in typed:
                self.serve(typed)
            else:
                assert shown.strip() in self.run(typed)

    def run(self, typed: str) -> str:
        done = subprocess.run(
            ["bash", "-c", self.activated + typed],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def serve(self, typed: str) -> None:
        self.server = subprocess.Popen(
            ["bash", "-c", self.activated + typed],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                requests.get(self.url, timeout=10).raise_for_status()
                return
            except requests.RequestException:
                assert self.server.poll() is None, "the server has ended"
                time.sleep(0.1)
        pytest.fail("the server does not answer")

    def leave(self) -> None:
        if self.server:
            os.killpg(self.server.pid, signal.SIGTERM)
            self.server.wait(SECONDS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, path: str, **body: Any) -> requests.Response:
        headers = {"X-CSRFToken": self.browser.cookies.get("csrftoken", "")}
        answer = self.browser.post(self.url + path, headers=headers, timeout=60, **body)
        answer.raise_for_status()
        return answer

    def open(self) -> str:
        """Load the page, do what its script does, and return who is welcomed."""
        page = self.browser.get(self.url, timeout=60).text
        assert "Logging in…" in page or "Welcome, " in page
        config = json.loads(re.findall(r'application/json">(.*?)</script>', page)[0])
        key = config["clientKey"]
        code = self.post("/tiktok/sdk/login/", json={"client_key": key}).json()["code"]
        body = {"code": code, "client_key": key}
        self.post("/accounts/ttminis/login/code/", json=body)
        return re.findall(r"Welcome, (\w+)", self.browser.get(self.url).text)[0]

    def sign_in(self, handle: str) -> None:
        self.browser.get(f"{self.url}/tiktok/", timeout=60)
        self.post("/tiktok/control/sign-in/", data={"handle": handle})


def environment() -> dict[str, str]:
    """Let ``pip`` find what this environment has, so that nothing is downloaded."""
    foreign = ("DJANGO", "PYTHON", "TTMINIS", "PIP_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    installed = os.pathsep.join([sysconfig.get_path("purelib"), str(ROOT)])
    path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    return {**kept, "PATH": path, "PYTHONPATH": installed, "PIP_NO_INDEX": "1"}


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    with reserved_port() as port:
        person = Newcomer(tmp_path, port)
        yield person
        person.leave()


@pytest.fixture
def steps() -> list[nodes.section]:
    page = parse(DOCS / "start" / "tutorial.rst")
    found = page.findall(nodes.section)
    return [each for each in found if re.match(r"\d\. ", each[0].astext())]


def test_tutorial_leads_from_an_empty_folder_to_a_login(newcomer, steps):
    for step in steps[:5]:
        newcomer.follow(step)
    mia = newcomer.open()
    assert newcomer.open() == mia

    newcomer.sign_in("noah")
    assert newcomer.open() != mia
    newcomer.sign_in("mia")
    assert newcomer.open() == mia

    newcomer.follow(steps[6])
