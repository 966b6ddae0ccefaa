"""What the pages between a button and its end tell a screen reader."""

import re

import pytest
from django.utils import timezone

from tests.admin.pages import button_of, list_of
from tests.fixtures import GAME
from ttminis_auth.admin import job
from ttminis_auth.models import LinkingConflict, WebhookDelivery

pytestmark = pytest.mark.django_db


def text_of(page):
    return re.sub(r"\s+", " ", page.content.decode())


def test_radio_buttons_are_a_group_with_a_name(desk, person):
    older, younger = person("mia"), person("mia2", app=GAME)
    conflict = LinkingConflict.objects.create(older=older, younger=younger)

    group = r'<fieldset [^>]*> <legend>Who stays</legend>.*type="radio".*</fieldset>'
    for address in (button_of(conflict, "merge"), button_of(older, "merge")):
        assert re.search(group, text_of(desk.get(address)))


def test_a_single_input_has_a_label_and_no_group(desk, person):
    text = text_of(desk.get(button_of(person("mia"), "end_sessions")))

    assert '<div class="form-row ttminis-field">' in text
    assert 'class="form-row ttminis-field"> <legend' not in text


@pytest.fixture
def progress(desk, monkeypatch, settings):
    """Return the page that a thousand deliveries are run again on."""
    monkeypatch.setattr(job, "SECONDS", 0)
    settings.USE_THOUSAND_SEPARATOR = True
    made = WebhookDelivery.objects.bulk_create(
        WebhookDelivery(digest=str(number), create_time=timezone.now())
        for number in range(1000)
    )
    told = {"pks": ",".join(str(row.pk) for row in made), "confirmed": 1}
    return text_of(desk.post(f"{list_of('webhookdelivery')}do/rerun/", told))


def test_a_bar_says_how_far_it_is_in_numbers_that_a_browser_reads(progress):
    (bar,) = re.findall("<progress [^>]*>", progress)

    assert 'value="1"' in bar
    assert 'max="1000"' in bar
    assert "1 of 1,000" in progress


def test_a_bar_has_a_name(progress):
    assert 'aria-label="Run again"' in progress
