"""No error shows a value of --context, because it may be a secret."""

from __future__ import annotations

import json
import traceback

import pytest
from django.core.management import CommandError

from tests.export.conftest import BODY_LINE

SECRET = "s3cret-of-the-shop"
GIVEN = json.dumps({"secret": SECRET, "deep": {"list": [SECRET]}})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        # Django's error has the whole context here.
        ("{{ 'x'|add:nothing }}", "VariableDoesNotExist"),
        ("{{ 'x'|add:deep.nothing }}", "VariableDoesNotExist"),
        ("{% include secret %}", "TemplateDoesNotExist"),
        ("{% include secret|upper %}", "TemplateDoesNotExist"),
        ("{% with x=secret|slugify %}{% include x %}{% endwith %}", ""),
        ("{% url secret %}", "NoReverseMatch"),
        ("{% url 'ttminis_login' secret %}", "NoReverseMatch"),
        ("{% load static %}{% get_media_prefix as x %}{% url deep.list.0 %}", ""),
    ],
)
def test_an_error_in_a_template_shows_no_context(body, error, site, refusal):
    site.page(body)

    why = refusal(context=GIVEN)

    assert f"page.html:{BODY_LINE}: {error}" in why
    assert SECRET.lower() not in why.lower()


def test_the_traceback_of_an_error_shows_no_context(site, export):
    site.page("{% include secret %}")

    with pytest.raises(CommandError) as refused:
        export(context=GIVEN)

    assert SECRET not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    "body", ["{% include 'gone.html' %}", "{% include 'broken.html' %}"]
)
def test_an_error_without_context_is_shown_in_full(body, site, refusal):
    site.template("broken.html", "{% nonsense %}")
    site.page(body)

    why = refusal()

    assert "gone.html" in why or "nonsense" in why


def test_a_syntax_error_in_the_template_is_shown_in_full(site, refusal):
    site.page("{% nonsense %}")

    assert "Invalid block tag" in refusal(context=GIVEN)


@pytest.mark.parametrize(
    "given",
    [
        f'[{{"secret": "{SECRET}"}}]',
        f'"{SECRET}"',
        f'{{"secret": "{SECRET}"',
        f'{{"secret": "{SECRET}" "x"}}',
        f'{{"secret": "{SECRET}\n"}}',
        SECRET * 30,
    ],
)
def test_a_context_that_is_no_json_object_is_not_shown(given, export):
    with pytest.raises(CommandError, match="--context is no JSON") as refused:
        export(context=given)

    assert SECRET not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("content", [SECRET.encode(), b"\xff" + SECRET.encode()])
def test_a_context_file_that_is_no_json_is_not_shown(content, refusal, tmp_path):
    (tmp_path / "context.json").write_bytes(content)

    why = refusal(context=str(tmp_path / "context.json"))

    assert why.startswith("--context is no JSON: ")
    assert SECRET not in why


def test_a_context_that_is_nested_too_deep_is_refused(refusal):
    assert refusal(context='{"a":' + "[" * 100_000).startswith("--context is no JSON: ")


def test_a_context_file_is_read_as_utf_8(site, export, tmp_path):
    (tmp_path / "context.json").write_text('{"title": "\u611b"}', encoding="utf-8")
    site.page("<p>{{ title }}</p>")

    export(context=str(tmp_path / "context.json"))

    assert "\u611b" in (site.package / "index.html").read_text(encoding="utf-8")
