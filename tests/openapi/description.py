"""``docs/openapi.yaml`` as the tests ask for it, and what an answer lacks of it."""

from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from django.http import HttpResponse
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
DESCRIPTION = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
PATH = "/ttminis/login/code/"
APP_PATH = "/ttminis/app/code/"
LOGOUT_PATH = "/ttminis/logout/"
POST = DESCRIPTION["paths"][PATH]["post"]
APP_POST = DESCRIPTION["paths"][APP_PATH]["post"]
LOGOUT_POST = DESCRIPTION["paths"][LOGOUT_PATH]["post"]


class Example(NamedTuple):
    """An example, with the schema that it stands beside."""

    name: str
    value: Any
    schema: dict[str, Any]


def follow(node: dict[str, Any]) -> dict[str, Any]:
    """Return the node itself, or what its ``$ref`` points to."""
    if "$ref" not in node:
        return node
    steps = node["$ref"].removeprefix("#/").split("/")
    return reduce(lambda inner, step: inner[step], steps, DESCRIPTION)


def responses(post: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {int(status): follow(node) for status, node in post["responses"].items()}


RESPONSES = responses(POST)
APP_RESPONSES = responses(APP_POST)
LOGOUT_RESPONSES = responses(LOGOUT_POST)


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    # References start at the root, so the schema takes what they name along.
    return Draft202012Validator(
        {**schema, "components": DESCRIPTION["components"]},
    )


def examples_of(message: dict[str, Any]) -> Iterator[Example]:
    """Yield the examples of a request body or an answer."""
    for media in message["content"].values():
        for name, example in media.get("examples", {}).items():
            yield Example(name, example["value"], media["schema"])


def defects(
    answer: HttpResponse, among: dict[int, dict[str, Any]] = RESPONSES
) -> list[str]:
    """Say in which ways an answer is not as described; hopefully in none."""
    described = among.get(answer.status_code)
    if described is None:
        return [f"no answer has the status {answer.status_code}"]
    return [*_of_headers(answer, described), *_of_content(answer, described)]


def _of_headers(answer: HttpResponse, described: dict[str, Any]) -> Iterator[str]:
    for name, node in described["headers"].items():
        header = follow(node)
        if name in answer.headers:
            errors = validator(header["schema"]).iter_errors(_value(answer[name]))
            yield from (f"{name}: {error.message}" for error in errors)
        elif header.get("required"):
            yield f"{name} is missing"


def _value(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _of_content(answer: HttpResponse, described: dict[str, Any]) -> Iterator[str]:
    kind = answer["Content-Type"].partition(";")[0]
    if kind not in described["content"]:
        yield f"{kind} is not described"
    elif kind == "application/json":
        schema = described["content"][kind]["schema"]
        yield from (e.message for e in validator(schema).iter_errors(answer.json()))
