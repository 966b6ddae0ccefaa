"""The files for GitHub and for editors: they parse, and name what exists."""

import json
import re
from collections.abc import Iterator
from configparser import ConfigParser
from itertools import product
from pathlib import Path

import pytest
import yaml

from tests.declared import classified

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
def test_command_that_the_makefile_lacks_is_not_ours(command):
    assert not is_ours(command)


def test_workflow_has_the_pythons_of_the_classifiers_for_the_matrix():
    workflow = yaml.safe_load((GITHUB / "workflows" / "tests.yml").read_text())
    (setup,) = [
        step["with"]
        for step in workflow["jobs"]["matrix"]["steps"]
        if "setup-python" in step.get("uses", "")
    ]

    assert setup["python-version"].split() == classified("Python")


def test_matrix_tests_each_python_and_each_django_of_the_classifiers():
    config = ConfigParser()
    config.read(ROOT / "tox.ini")
    pairs = [
        f"py{python}-django{django}".replace(".", "")
        for python in classified("Python")
        for django in classified("Django")
        if python != "3.11" or django == "5.2"  # Django 6 needs 3.12
    ]

    assert {*environments(config["tox"]["env_list"])} >= {*pairs}
    covering = config["tox"]["labels"].partition("=")[2]
    covered = (ROOT / ".ci" / "run").read_text()
    for version in [*classified("Python")[1:], *classified("Django")[1:]]:
        assert version.replace(".", "") in covering or f"python{version}" in covered


def environments(env_list: str) -> Iterator[str]:
    """Write tox' braces out: ``py{311,312}-django52`` is two environments."""
    for line in env_list.split():
        parts = re.split(r"[{}]", line)
        yield from map("".join, product(*(part.split(",") for part in parts)))


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
