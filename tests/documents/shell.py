"""Find the shell commands in the documents, and check each one.

Each line is checked without running it: programs, make targets, extras, management
commands with their options and values, files, and paths of a site.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.urls import resolve
from docutils import nodes
from packaging.requirements import Requirement

from tests.declared import PROJECT
from tests.documents import PAGES, ROOT, blocks, parse

MAKEFILE = (ROOT / "Makefile").read_text()
SPA = ROOT / "example_project" / "spa"
ASSIGNMENT = re.compile(r"[A-Z_]+=")
# A literal inside a sentence is a shell command if it begins with a program.
ALONE = (
    r"(?:\.venv/bin/)?"
    r"(?:make|pip|python3?|manage\.py|npm|gunicorn|curl|\.ci/run)(?: |$)"
)
WITH_MORE = "(?:pip3|npx|docker|psql|uvicorn|daphne|celery|tox|pytest|sudo|cp|rm|bash) "
INLINE = re.compile(rf"(?:[A-Z_]+=\S+ )*(?:{ALONE}|{WITH_MORE})")
# Lines of cron and systemd have other text around the command.
SCHEDULED = re.compile(r"^(?:ExecStart=|.* && )(.*manage\.py .*)$", re.MULTILINE)


def typed(session: str) -> list[str]:
    """Return the commands of a session, without its output."""
    return re.findall(r"^\$ (.*)$", session.replace("\\\n", ""), re.MULTILINE)


def lines() -> Iterator[tuple[str, str]]:
    """Yield each shell command, with its page."""
    for page in (*PAGES, ROOT / "CHANGELOG.rst"):
        at = str(page.relative_to(ROOT))
        for block in blocks(page, "console"):
            yield from ((at, line) for line in typed(block.astext()))
        for language in ("text", "ini"):
            for block in blocks(page, language):
                found = SCHEDULED.findall(block.astext())
                yield from ((at, line) for line in found)
        for literal in parse(page).findall(nodes.literal):
            text = " ".join(literal.astext().split())
            if INLINE.match(text):
                yield at, text


def complaint(line: str) -> str:
    """Return the error in a command, or an empty string."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    try:
        for command in separate([*words]):
            check_command(command)
    except (Exception, SystemExit) as error:  # noqa: BLE001  it is shown
        return f"{line}: {error}"
    return ""


def separate(words: list[str]) -> Iterator[list[str]]:
    """Yield the commands of a line, without their redirections."""
    command: list[str] = []
    for word in [*words, ";"]:
        if set(word) <= set(";|&"):
            yield [*takewhile(lambda each: each != ">", command)]
            command = []
        else:
            command.append(word)


def check_command(command: list[str]) -> None:
    given = [*takewhile(ASSIGNMENT.match, command)]
    require((each.partition("=")[0] for each in given), environment())
    program, *arguments = command[len(given) :]
    if (name := Path(program).name) not in CHECKERS:
        raise ValueError(f"the program {program} is unknown")
    CHECKERS[name](arguments)


@cache
def environment() -> set[str]:
    """Return the variables that the example and the tests read."""
    files = [*ROOT.glob("example_project/config/*.py"), *ROOT.glob("tests/**/*.py")]
    read = re.compile(r"environ(?:\.get\(|\[)\"([A-Z_]+)")
    return {name for file in files for name in read.findall(file.read_text())}


def make(arguments: list[str]) -> None:
    targets = re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE)
    variables = re.findall(r"^([A-Z_]+) \?=|\$\(([A-Z]+)\)", MAKEFILE, re.MULTILINE)
    names = {argument.partition("=")[0] for argument in arguments}
    require(names, {*targets, *(name for pair in variables for name in pair)})


def pip(arguments: list[str]) -> None:
    require(arguments[:1], {"install"})
    for argument in arguments[1:]:
        if argument != "--upgrade":
            require_package(Requirement(argument))


def require_package(wanted: Requirement) -> None:
    extras = PROJECT["optional-dependencies"]
    lists = [PROJECT["dependencies"], *extras.values()]
    declared = {Requirement(each).name for each_list in lists for each in each_list}
    if wanted.name == "django-ttminis-auth":
        require(wanted.extras, {*extras})
    elif wanted.name not in declared:
        raise ValueError(f"the package {wanted.name} is not a dependency")


def python(arguments: list[str]) -> None:
    if arguments[0] == "-m":
        if find_spec(arguments[1]) is None:
            raise ValueError(f"there is no module {arguments[1]}")
        if arguments[1] == "django":
            parser_of(arguments[2]).parse_args(arguments[3:])
    elif Path(arguments[0]).name == "manage.py":
        manage(arguments[1:])
    else:
        raise ValueError(f"there is no {arguments[0]}")


def manage(arguments: list[str]) -> None:
    parser = parser_of(arguments[0])
    # In a sentence, the name alone may mean the command with any arguments.
    if arguments[1:]:
        parser.parse_args(arguments[1:])


def parser_of(name: str) -> Any:
    apps = {"demo": "drama", **get_commands()}
    command = apps[name]
    if not isinstance(command, BaseCommand):
        command = load_command_class(command, name)
    return command.create_parser("manage.py", name)


def npm(arguments: list[str]) -> None:
    if arguments == ["ci"]:
        return require(["package-lock.json"], {path.name for path in SPA.iterdir()})
    require(arguments[:1], {"run"})
    scripts = json.loads((SPA / "package.json").read_text())["scripts"]
    return require(arguments[1:], set(scripts))


def gunicorn(arguments: list[str]) -> None:
    from gunicorn.config import Config

    found = Config().parser().parse_args(arguments)
    for module in found.args:
        require_file(f"example_project/{module.replace('.', '/')}.py")


def curl(arguments: list[str]) -> None:
    for argument in arguments:
        if argument.startswith("http"):
            resolve(urlsplit(argument).path)


def source(arguments: list[str]) -> None:
    require(arguments, {".venv/bin/activate"})


def change_directory(arguments: list[str]) -> None:
    (folder,) = arguments
    require_file(folder)


def grep(arguments: list[str]) -> None:
    """Accept all: a test runs this command."""


def pre_commit(arguments: list[str]) -> None:
    require(arguments, {"install"})
    require_file(".pre-commit-config.yaml")


def continuous_integration(arguments: list[str]) -> None:
    require(arguments, set())
    require_file(".ci/run")


def require_file(name: str) -> None:
    if not (ROOT / name).exists():
        raise ValueError(f"there is no {name}")


def require(names: Any, known: set[str]) -> None:
    if unknown := sorted({*names} - known):
        raise ValueError(f"there is no {', '.join(unknown)}")


CHECKERS: dict[str, Callable[[list[str]], None]] = {
    "": source,
    "cd": change_directory,
    "curl": curl,
    "grep": grep,
    "gunicorn": gunicorn,
    "make": make,
    "manage.py": manage,
    "npm": npm,
    "pip": pip,
    "pre-commit": pre_commit,
    "python": python,
    "python3": python,
    "run": continuous_integration,
}
