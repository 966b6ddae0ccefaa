"""The description taken by itself, and beside the code that it speaks of."""

import re
from typing import get_args

import pytest
from django.urls import reverse
from jsonschema import Draft202012Validator

import ttminis_auth
from tests.openapi.description import (
    APP_PATH,
    APP_POST,
    APP_RESPONSES,
    DESCRIPTION,
    LOGOUT_PATH,
    LOGOUT_RESPONSES,
    PATH,
    POST,
    RESPONSES,
    examples_of,
    follow,
    validator,
)
from ttminis_auth.core.client_apps import CLIENT_KEY_MAX_LENGTH
from ttminis_auth.endpoints import inputs
from ttminis_auth.errors import LoginRefused
from ttminis_auth.login.enter import CODE_MAX_LENGTH
from ttminis_auth.login.policy import Process

SCHEMAS = DESCRIPTION["components"]["schemas"]
FORMATS = POST["requestBody"]["content"]
FACES = {"session": RESPONSES, "token": APP_RESPONSES}
BODIES = [POST["requestBody"], APP_POST["requestBody"]]
ANSWERS = [RESPONSES, APP_RESPONSES, LOGOUT_RESPONSES]
MESSAGES = [*BODIES, *(answer for face in ANSWERS for answer in face.values())]
EXAMPLES = [example for message in MESSAGES for example in examples_of(message)]
EXPLANATION = re.compile(r"^- `(\w+)`: ((?:.+\n(?!- ))*.+)", re.MULTILINE)


def subclasses(kind):
    """Yield the package's own; other tests make some as a project would."""
    for sub in kind.__subclasses__():
        if sub.__module__.startswith("ttminis_auth."):
            yield from (sub, *subclasses(sub))


def codes_in(schema):
    """Return the error codes that an answer's schema admits."""
    if isinstance(schema, list):
        return {code for item in schema for code in codes_in(item)}
    if not isinstance(schema, dict):
        return set()
    if "$ref" in schema:
        return codes_in(follow(schema))
    here = schema.get("code", {}).get("enum", [])
    return {*here, *codes_in(list(schema.values()))}


def codes_of(face):
    """Return the codes of a face, each with its status."""
    return {
        (code, status)
        for status, response in FACES[face].items()
        for code in codes_in(response["content"]["application/json"]["schema"])
    }


DESCRIBED = codes_of("session") | codes_of("token")


def test_description_is_an_openapi_3_1_document():
    assert re.fullmatch(r"3\.1\.\d", DESCRIPTION["openapi"])


def test_description_has_the_version_of_the_package():
    assert DESCRIPTION["info"]["version"] == ttminis_auth.__version__


def test_the_paths_lead_to_the_faces():
    accounts = DESCRIPTION["servers"][0]["variables"]["accounts"]["default"]

    assert accounts + PATH == reverse("ttminis_login_by_code")
    assert accounts + APP_PATH == reverse("ttminis_app_code")
    headless = "tests.headless_only_urls"
    assert accounts + LOGOUT_PATH == reverse("ttminis_logout", urlconf=headless)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(name):
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_is_what_it_is_an_example_of(example):
    assert [
        e.message for e in validator(example.schema).iter_errors(example.value)
    ] == []


# The errors.


def test_the_described_codes_are_the_codes_of_the_errors():
    assert {code for code, _ in DESCRIBED} == {e.code for e in subclasses(LoginRefused)}


def test_every_code_is_described_under_its_status():
    of_the_method = ("invalid_request", 405)

    codes = {(refusal.code, refusal.status) for refusal in subclasses(LoginRefused)}
    assert codes | {of_the_method} == DESCRIBED


def test_no_page_of_the_site_s_own_is_asked_where_it_comes_from():
    assert ("origin_refused", 403) not in codes_of("session")
    assert codes_of("token") - codes_of("session") == {("origin_refused", 403)}


@pytest.mark.parametrize(
    ("face", "code", "status"),
    [(face, *refusal) for face in FACES for refusal in sorted(codes_of(face))],
)
def test_every_code_describes_what_the_client_does(face, code, status):
    explained = dict(EXPLANATION.findall(FACES[face][status]["description"]))

    assert "the client should" in " ".join(explained[code].split())


# What a request may hold.


@pytest.mark.parametrize("kind", FORMATS)
def test_the_fields_are_as_long_as_the_face_takes_them(kind):
    fields = follow(FORMATS[kind]["schema"])["properties"]

    assert follow(fields["code"])["maxLength"] == CODE_MAX_LENGTH
    assert fields["client_key"]["maxLength"] == CLIENT_KEY_MAX_LENGTH


@pytest.mark.parametrize("kind", FORMATS)
def test_the_processes_are_those_of_the_policy(kind):
    fields = follow(FORMATS[kind]["schema"])["properties"]

    assert follow(fields["process"])["enum"] == list(get_args(Process))


def test_the_longest_request_is_as_long_as_the_face_takes_it():
    assert all(f"{inputs.MAX_BODY:,} bytes" in body["description"] for body in BODIES)


def test_the_app_face_takes_json_alone_and_the_same():
    taken = APP_POST["requestBody"]["content"]

    assert list(taken) == ["application/json"]
    assert taken["application/json"]["schema"] == FORMATS["application/json"]["schema"]
