"""The files for GitHub and for editors: they parse, and name what exists."""

import json
import re
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
FORMS = sorted(GITHUB.rglob("*.yml"))
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
CONTAINER = ROOT / ".devcontainer" / "devcontainer.json"
WORDS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def name_of(path: Path) -> str:
    return path.name


def commands(workflow: Path) -> list[str]:
    jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


def is_ours(command: str) -> bool:
    """Whether a developer can type the command in a checkout.

    Debian's packages may come before it, as .ci/run installs them, too.
    """
    program, *words = command.removeprefix("sudo ").split()
    if program == "apt-get":
        return words[0] in ("update", "install")
    if program == "make":
        return bool(words) and WORDS.issuperset(words)
    return not words and (ROOT / program).is_file()


@pytest.mark.parametrize("path", FORMS, ids=name_of)
def test_file_for_github_is_yaml(path):
    assert yaml.safe_load(path.read_text())


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=name_of)
def test_workflow_runs_what_a_developer_can_type(workflow):
    assert [line for line in commands(workflow) if not is_ours(line)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=name_of)
def test_workflow_runs_something(workflow):
    assert commands(workflow)


@pytest.mark.parametrize(
    "command", ["make", "make nothing", "make test; rm x", "pip", "apt-get remove make"]
)
def test_what_the_makefile_does_not_know_is_not_ours(command):
    assert not is_ours(command)


def test_container_for_developers_starts_the_example():
    container = json.loads(CONTAINER.read_text())

    assert is_ours(container["postAttachCommand"])


def test_pull_request_template_names_words_of_the_makefile():
    text = (GITHUB / "pull_request_template.md").read_text()
    named = [
        word
        for words in re.findall(r"`make ([a-z -]+)`", text)
        for word in words.split()
    ]

    assert WORDS.issuperset(named)


def test_editors_indent_python_as_ruff_does():
    config = ConfigParser()
    config.read_string("[DEFAULT]\n" + (ROOT / ".editorconfig").read_text())

    assert config["*.py"]["max_line_length"] == "88"
