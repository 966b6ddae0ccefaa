"""The pages of an action are accessible to a screen reader."""

import re

import pytest

from tests.admin.pages import button_of
from tests.fixtures import GAME
from ttminis_auth.models import LinkingConflict

pytestmark = pytest.mark.django_db


def text_of(page):
    return re.sub(r"\s+", " ", page.content.decode())


def test_radio_buttons_are_a_group_with_a_name(admin_client, person):
    older, younger = person("mia"), person("mia2", app=GAME)
    conflict = LinkingConflict.objects.create(older=older, younger=younger)

    group = r'<fieldset [^>]*> <legend>Who stays</legend>.*type="radio".*</fieldset>'
    for address in (button_of(conflict, "merge"), button_of(older, "merge")):
        assert re.search(group, text_of(admin_client.get(address)))


def test_a_single_input_has_a_label_and_no_group(admin_client, person):
    text = text_of(admin_client.get(button_of(person("mia"), "end_sessions")))

    assert '<div class="form-row ttminis-field">' in text
    assert 'class="form-row ttminis-field"> <legend' not in text
