"""``django.contrib.sites``, in a process of its own: allauth looks when imported."""

from tests.apart import assert_passes_with


def test_every_site_s_apps_are_heard():
    assert_passes_with("tests.apps.sites.settings", "tests/webhooks/cases_of_sites.py")
