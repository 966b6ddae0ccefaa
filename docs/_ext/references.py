"""Write the references that the code already has: one text for each, from one source.

===================  ==================================================================
settings.rst         the properties of ``conf.Settings``, their defaults and docstrings
commands.rst         the parsers of the management commands
checks.rst           messages and hints of ``checks.Error`` and ``checks.Warning``
tags.rst             signatures and docstrings of the template tags
endpoints.rst        ``docs/openapi.yaml``
errors.rst           the codes of ``docs/openapi.yaml``, docstrings of ``errors``
user_models.rst      the user models that are tried, of ``tests/people/needs.py``
django_settings.rst  the settings that are tried, of ``tests/django_settings.py``
neighbours.rst       the apps that are tried, of ``neighbours/beside.py``
===================  ==================================================================

Pages include them from ``docs/generated``, so that the text for
language models has them as well.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parents[1]
PACKAGE = DOCS.parent / "ttminis_auth"
CHECK_ID = re.compile(r"ttminis_auth\.[EW]\d{3}")


def write_all(app: Sphinx) -> None:
    """Write what has changed, so that Sphinx reads no page anew for nothing."""
    folder = DOCS / "generated"
    folder.mkdir(exist_ok=True)
    for write in WRITERS:
        text = "\n".join(write()) + "\n"
        path = folder / f"{write.__name__}.rst"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def settings() -> Iterator[str]:
    from ttminis_auth.conf import Settings, conf

    for name, found in vars(Settings).items():
        if name.startswith("TTMINIS_"):
            kind = str(found.fget.__annotations__["return"])
            yield f".. confval:: {name}"
            yield f"   :type: ``{kind}``"
            yield f"   :default: ``{default(getattr(conf, name))}``\n"
            yield indented(inspect.cleandoc(found.__doc__)) + "\n"


def default(value: object) -> str:
    """Return the value as it is written in a settings file."""
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        for unit, size in (("days", 86400), ("hours", 3600), ("seconds", 1)):
            if seconds % size == 0:
                return f"timedelta({unit}={seconds / size:g})"
    if isinstance(value, tuple | frozenset):
        return repr(list(value))
    return f'"{value}"' if isinstance(value, str) else repr(value)


def commands() -> Iterator[str]:
    for path in sorted((PACKAGE / "management" / "commands").glob("ttminis_*.py")):
        name = path.stem
        module = import_module(f"ttminis_auth.management.commands.{name}")
        command = module.Command()
        parser = command.create_parser("manage.py", name)
        yield f"``{name}``\n{'-' * (len(name) + 4)}\n\n{escaped(command.help)}\n"
        djangos = {text for a in bare_parser()._actions for text in a.option_strings}
        for action in parser._actions:
            if djangos.isdisjoint(action.option_strings):
                yield option(parser, action)
        yield ""


def bare_parser() -> Any:
    from django.core.management.base import BaseCommand

    return BaseCommand().create_parser("manage.py", "any")


def option(parser: Any, action: Any) -> str:
    formatter = parser._get_formatter()
    names = action.option_strings or [action.metavar or action.dest]
    value = action.nargs != 0 and formatter._format_args(action, action.dest.upper())
    shown = ", ".join(names) + (f" {value}" if action.option_strings and value else "")
    text = escaped(formatter._expand_help(action)) if action.help else ""
    return f"- ``{shown}``{': ' if text else ''}{text}"


def checks() -> Iterator[str]:
    """Write what each check says and advises; what depends on a project is "…"."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call):
                words = {word.arg: text_of(word.value) for word in call.keywords}
                if CHECK_ID.fullmatch(words.get("id", "")):
                    texts = (text_of(call.args[0]), words.get("hint", ""))
                    found.setdefault(words["id"], []).append(texts)
    for check, messages in sorted(found.items(), key=lambda each: each[0]):
        yield f".. _{check}:\n\n``{check}``\n{'-' * (len(check) + 4)}\n"
        for message, hint in messages:
            if message == "…":
                message = "The message says what is wrong."
            yield f"{escaped(message)}\n\n*What to do:* {escaped(hint)}\n"


def text_of(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left) + text_of(right)
    # A name of the module itself, such as an address; or what only a project decides.
    return "…"


def escaped(text: str) -> str:
    return re.sub(r"([*`_|\\])", r"\\\1", text)


def tags() -> Iterator[str]:
    from ttminis_auth.templatetags import ttminis

    for name in ttminis.register.tags:
        function = getattr(ttminis, name)
        yield f"``{{% {name} %}}``\n{'-' * (len(name) + 10)}\n"
        for argument in inspect.signature(function).parameters.values():
            if argument.name != "context" and argument.default is not argument.empty:
                yield f"- ``{argument.name}={default(argument.default)}``"
        yield f"\n{inspect.cleandoc(function.__doc__)}\n"


def endpoints() -> Iterator[str]:
    described = description()
    used: dict[str, tuple[str, list[str]]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            title = f"``{method.upper()} {path}``"
            yield f"{title}\n{'-' * len(title)}\n\n{marked(operation['summary'])}\n"
            yield f"{marked(operation['description'])}\n"
            for status, answer in operation["responses"].items():
                name = answer["$ref"].rpartition("/")[2]
                used.setdefault(name, (status, []))[1].append(f"``{path}``")
    yield "Answers\n-------\n"
    for name, (status, paths) in sorted(used.items(), key=lambda each: each[1]):
        text = described["components"]["responses"][name]["description"]
        where = "all" if len(paths) == len(described["paths"]) else ", ".join(paths)
        yield f"**{status}** ({where})\n{indented(marked(text))}\n"


def errors() -> Iterator[str]:
    from ttminis_auth import errors as module

    classes = [c for c in vars(module).values() if hasattr(c, "code")]
    meanings = {c.code: inspect.getdoc(c).splitlines()[0] for c in classes}
    yield ".. list-table::\n   :header-rows: 1\n"
    yield row("Code", "Status", "What happened")
    for code, status in sorted(set(codes_of(description()["components"]["schemas"]))):
        yield row(f"``{code}``", str(status), meanings.get(code, ""))


def user_models() -> Iterator[str]:
    from tests.people.needs import USERS

    needs = {like: each.needs for like, each in USERS.items()}
    yield from needs_table("What the model is like", needs)


def django_settings() -> Iterator[str]:
    from tests.django_settings import SETTINGS

    needs = {setting: each.needs for setting, each in SETTINGS.items()}
    yield from needs_table("Setting", needs)


def neighbours() -> Iterator[str]:
    from neighbours.beside import NEEDS

    yield from needs_table("App", NEEDS)


def needs_table(tried: str, needs: Mapping[str, str]) -> Iterator[str]:
    yield ".. list-table::\n   :header-rows: 1\n"
    yield row(tried, "What your project needs")
    for name, text in needs.items():
        yield row(name, text)


def row(*cells: str) -> str:
    return "   * - " + "\n     - ".join(cells)


def codes_of(schemas: Any, status: object = None) -> Iterator[tuple[str, object]]:
    """Yield each code with the status that stands beside it."""
    if isinstance(schemas, list):
        for each in schemas:
            yield from codes_of(each, status)
    elif isinstance(schemas, dict):
        status = schemas.get("status", {}).get("const", status)
        code = schemas.get("code")
        if isinstance(code, dict) and "enum" in code:
            yield from ((each, status) for each in code["enum"])
        for each in schemas.values():
            yield from codes_of(each, status)


def description() -> Any:
    return yaml.safe_load((DOCS / "openapi.yaml").read_text())


def marked(text: str) -> str:
    """Turn Markdown's code into reStructuredText's."""
    return re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", text.strip())


def indented(text: str) -> str:
    return textwrap.indent(text, "   ")


WRITERS = (
    settings,
    commands,
    checks,
    tags,
    endpoints,
    errors,
    user_models,
    django_settings,
    neighbours,
)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
