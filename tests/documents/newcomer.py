"""A newcomer, who types the commands and files of a page of the documents."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from docutils import nodes

from tests.documents import DOCS, ROOT, parse

SECONDS = 300


class Newcomer:
    """A reader with a terminal, an editor and a browser, who follows a page."""

    def __init__(self, folder: Path, port: int, other_port: int) -> None:
        self.folder, self.port, self.other_port = folder, port, other_port
        self.activated = ""
        self.servers: list[subprocess.Popen[bytes]] = []
        self.browser = requests.Session()

    def follow(self, section: nodes.Element, choice: str = "") -> None:
        """Type all blocks, and of several alternatives the chosen one."""
        for block in section.findall(nodes.literal_block):
            where, _, of_choice = block.get("title", "").partition(", with ")
            if "console" in block["classes"]:
                self.type_all(self.text(block.astext()))
            elif where and of_choice in ("", choice):
                save(self.folder, where, self.text(block.astext()))

    def text(self, shown: str) -> str:
        """Return a text of the page with the ports of this test."""
        ports = {"8000": str(self.port), "8001": str(self.other_port)}
        return re.sub(r"\b800[01]\b", lambda found: ports[found[0]], shown)

    def type_all(self, session: str) -> None:
        session = session.replace("\\\n", "")
        for typed, shown in re.findall(r"^\$ (.*)\n?((?:^[^$].*\n?)*)", session, re.M):
            if "activate" in typed:
                self.activated = f"{typed} && "
            elif found := re.search(r"(?:runserver|http\.server) (\d+)", typed):
                self.serve(typed, found[1])
            else:
                refused = "CommandError: " in shown
                assert shown.strip() in self.run(typed, refused=refused)

    def run(self, typed: str, *, refused: bool = False) -> str:
        done = subprocess.run(
            ["bash", "-c", self.activated + typed],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        assert bool(done.returncode) == refused, done.stdout
        return done.stdout

    def serve(self, typed: str, port: str) -> None:
        server = subprocess.Popen(
            ["bash", "-c", self.activated + typed],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.servers.append(server)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                requests.get(f"http://127.0.0.1:{port}", timeout=10)
                return
            except requests.RequestException:
                assert server.poll() is None, "the server has ended"
                time.sleep(0.1)
        pytest.fail("the server does not answer")

    def leave(self) -> None:
        while self.servers:
            server = self.servers.pop()
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(SECONDS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hosted(self, client_key: str) -> str:
        return f"http://minis-{client_key}-demo-1.localhost:{self.other_port}/"

    def post(self, path: str, **body: Any) -> requests.Response:
        headers = {"X-CSRFToken": self.browser.cookies.get("csrftoken", "")}
        answer = self.browser.post(self.url + path, headers=headers, timeout=60, **body)
        answer.raise_for_status()
        return answer

    def open(self) -> str:
        """Load the page, log in as its script does; return the welcomed username."""
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
    """Let ``pip`` find the packages of this environment, so that it downloads none."""
    foreign = ("DJANGO", "PYTHON", "TTMINIS", "PIP_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    installed = os.pathsep.join([sysconfig.get_path("purelib"), str(ROOT)])
    path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    # Unbuffered output has errors in order, as on a terminal.
    python = {"PYTHONPATH": installed, "PYTHONUNBUFFERED": "1"}
    return {**kept, **python, "PATH": path, "PIP_NO_INDEX": "1"}


def save(folder: Path, caption: str, text: str) -> None:
    """Save a file as its caption says: as a new file, or at the end of another."""
    where = caption.removeprefix("At the end of ")
    path = folder / where
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text() if where != caption else ""
    path.write_text(f"{before}{text}\n")


def steps(name: str) -> list[nodes.section]:
    """Return the numbered sections of a tutorial."""
    found = parse(DOCS / "start" / f"{name}.rst").findall(nodes.section)
    return [each for each in found if re.match(r"\d\. ", each[0].astext())]
