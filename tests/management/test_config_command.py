"""manage.py ttminis_config: the configuration for a front end's own build."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.template import Context, Template

from tests.fixtures import DRAMA, GAME

API = "https://api.example.com"
SPA = Path(__file__).parents[2] / "example_project" / "spa"

pytestmark = pytest.mark.django_db

Printed = Callable[..., str]


@pytest.fixture
def printed() -> Printed:
    """Run the command; returns what it prints."""

    def run(*args: str) -> str:
        out, err = StringIO(), StringIO()
        call_command("ttminis_config", *args, stdout=out, stderr=err)
        assert err.getvalue() == ""
        return out.getvalue()

    return run


def written_by_the_tag(api_base: str, client_key: str) -> Any:
    """Return the configuration in a page that ``ttminis_export`` would write."""
    tag = "{% ttminis_sdk mode='token' api_base=api_base client_key=client_key %}"
    context = Context({"api_base": api_base, "client_key": client_key})
    html = Template("{% load ttminis %}" + tag).render(context)
    block = re.search(r'id="ttminis-auth-config"[^>]*>(.*?)</script>', html)
    assert block is not None
    return json.loads(block[1])


def test_configuration_is_what_the_tag_writes(printed: Printed) -> None:
    text = printed("--api-base", API)
    assert json.loads(text) == written_by_the_tag(API, DRAMA)
    assert text.endswith("}\n")


def test_messages_are_in_the_language_of_the_option(printed: Printed) -> None:
    config = json.loads(printed("--api-base", API, "--lang", "th"))
    assert config["messages"]["login"] == "คุณเข้าสู่ระบบแล้ว"


def test_configuration_beside_the_front_end_of_the_example_is_up_to_date(
    printed: Printed,
) -> None:
    text = printed("--api-base", "http://127.0.0.1:8000")
    assert (SPA / "src" / "ttminis.config.json").read_text() == text


def test_settings_change_both_alike(printed: Printed, settings: Any) -> None:
    settings.TTMINIS_SDK_TIMEOUT = timedelta(seconds=3)
    settings.TTMINIS_SDK_CALL_STYLE = "options"
    said = json.loads(printed("--api-base", f"{API}/site/", "--client-key", GAME))
    assert (said["sdkTimeout"], said["callStyle"]) == (3000, "options")
    assert said == written_by_the_tag(f"{API}/site/", GAME)


def test_same_site_prints_the_same_bytes(printed: Printed) -> None:
    assert printed("--api-base", API) == printed("--api-base", API)


def test_no_secret_is_printed(printed: Printed, settings: Any) -> None:
    (app,) = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"]
    said = printed("--api-base", API)
    assert app["secret"] not in said
    assert settings.SECRET_KEY not in said


def test_client_key_saves_the_database(
    printed: Printed, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert json.loads(printed("--api-base", API, "--client-key", GAME))


def test_address_of_the_site_has_to_be_given(printed: Printed) -> None:
    with pytest.raises(CommandError, match="--api-base"):
        printed()


def test_address_without_https_is_refused(printed: Printed) -> None:
    with pytest.raises(CommandError, match="api_base"):
        printed("--api-base", "http://api.example.com")


def test_one_of_several_apps_has_to_be_named(printed: Printed, settings: Any) -> None:
    apps = [{"client_id": key, "secret": "s"} for key in (DRAMA, GAME)]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}
    with pytest.raises(CommandError, match="client_key"):
        printed("--api-base", API)


def test_site_without_headless_gets_the_name_of_what_is_missing(
    printed: Printed, settings: Any
) -> None:
    settings.INSTALLED_APPS = [
        app for app in settings.INSTALLED_APPS if app != "allauth.headless"
    ]
    with pytest.raises(CommandError, match=r'"allauth\.headless"'):
        printed("--api-base", API)
