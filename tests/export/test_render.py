"""An exported page is rendered without a request and a user."""

from __future__ import annotations

import json

import pytest
from django.template.loader import render_to_string

from tests.export.conftest import API, BODY_LINE
from tests.fixtures import DRAMA


def test_the_context_has_client_key_api_base_and_mode(site, export):
    site.page("<p>{{ client_key }} {{ api_base }} {{ ttminis_mode }}</p>")

    export()

    assert f"<p>{DRAMA} {API} token</p>" in site.shown()


@pytest.mark.parametrize(
    "body",
    [
        "{{ request.path }}",
        "{{ user }}",
        "{{ user.username|default:'guest' }}",
        "{% if user.is_authenticated %}x{% endif %}",
        "{% for message in messages %}{{ message }}{% endfor %}",
        "{% if perms.drama %}x{% endif %}",
        "{% csrf_token %}",
        "{{ csrf_token }}",
        "{% include 'part.html' with visitor=user %}",
    ],
)
def test_a_template_that_needs_a_request_is_refused_at_its_line(body, site, refusal):
    site.template("part.html", "{{ visitor }}")
    site.page(body)

    assert f"page.html:{BODY_LINE}: " in refusal()
    assert not site.package.exists()


def test_an_error_in_an_included_template_names_it(site, refusal):
    site.template("part.html", "\n\n{{ user }}")
    site.page("{% include 'part.html' %}")

    why = refusal()

    assert "part.html:3: user is known only in a request" in why


def test_a_condition_on_the_user_is_refused(site, refusal):
    site.page("{% if x or user.is_staff %}x{% endif %}")

    assert "page.html: user is known only in a request" in refusal()


@pytest.mark.parametrize(
    "body",
    [
        '{% if ttminis_mode != "token" %}{{ user }}{% csrf_token %}{% endif %}',
        "{% for user in people %}{{ user }}{% endfor %}",
        "{% with user='Mia' %}{{ user }}{% endwith %}",
        "{{ undefined }}",
    ],
)
def test_a_template_that_needs_no_request_is_rendered(body, site, export):
    site.page(body)

    export(context='{"people": ["Mia"]}')

    assert site.package.is_dir()


@pytest.mark.parametrize("with_file", [False, True])
def test_context_variables_come_from_json(with_file, site, export, tmp_path):
    site.page("<p>{{ title }}</p>")
    given = json.dumps({"title": "<Elsewhere>", "api_base": "not this"})
    (tmp_path / "context.json").write_text(given)

    export(context=str(tmp_path / "context.json") if with_file else given)

    assert "<p>&lt;Elsewhere&gt;</p>" in site.shown()


@pytest.mark.parametrize("given", ["{", "[]", "nowhere.json"])
def test_the_context_must_be_a_json_object(given, refusal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.json").write_text("[]")

    assert refusal(context="list.json" if given == "[]" else given).startswith(
        "--context"
    )


def test_a_tag_over_several_lines_gives_a_warning(site, export):
    site.page("<p>{{ title\n|default:'x' }}</p>")

    assert f"Warning: index.html:{BODY_LINE}: Django renders no tag" in export()


@pytest.mark.parametrize("left", ["{{name}}", "{% x %}", "{{ a }} and {{ b }}"])
def test_braces_written_by_verbatim_are_accepted(left, site, export):
    site.page(f"{{% verbatim %}}{left}{{% endverbatim %}}")

    export(strict=True)

    assert left in site.shown()


def test_a_csrf_input_is_refused_at_its_line(site, refusal):
    site.page("<input name=csrfmiddlewaretoken>")

    assert f"index.html:{BODY_LINE}: a CSRF token belongs to one visitor" in refusal()


def test_a_template_error_names_its_line(site, refusal):
    site.page("{% nonsense %}")

    why = refusal()

    assert f"page.html:{BODY_LINE}: TemplateSyntaxError: " in why


def test_a_missing_template_is_named(refusal):
    assert "gone.html: TemplateDoesNotExist: gone.html" in refusal(template="gone.html")


def test_other_template_engines_are_ignored(site, export, settings):
    other = "django.template.backends.dummy.TemplateStrings"
    settings.TEMPLATES = [{"BACKEND": other, "NAME": "other"}, *settings.TEMPLATES]

    export()

    assert "<p>Hello</p>" in site.shown()


TAG = """{% load ttminis %}
{% ttminis_sdk mode=ttminis_mode api_base=api_base client_key=client_key %}
"""


def test_the_sdk_tag_uses_token_mode_in_an_export(site, export):
    site.template("page.html", TAG)

    export(strict=True)

    assert '"mode": "token"' in site.shown()
    assert f'clientKey: "{DRAMA}"' in site.shown()


def test_the_sdk_tag_of_the_same_template_uses_session_mode_on_the_site(site, db, rf):
    site.template("page.html", TAG)

    page = render_to_string("page.html", {"client_key": DRAMA}, rf.get("/"))

    assert '"mode": "session"' in page


def test_an_sdk_tag_in_session_mode_is_refused_at_its_line(site, refusal):
    site.template("page.html", "{% load ttminis %}\n{% ttminis_sdk %}")

    why = refusal()

    assert "page.html:2: ImproperlyConfigured: " in why
    assert "{% ttminis_sdk mode=ttminis_mode api_base=api_base" in why
