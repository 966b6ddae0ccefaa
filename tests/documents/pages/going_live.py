"""docs/how-to/going-live.rst"""

from django.core.management import call_command


def test_a_visitor_can_log_in_with_credentials_of_the_environment(client, db, tiktok):
    assert tiktok.log_in(client, "mia").socialaccount_set.get()


def test_deployment_checks_report_no_error_without_the_rehearsal(db, settings):
    del settings.TTMINIS_ORIGIN_SUFFIXES
    # The simulator's check stays registered in a process that has loaded it, and
    # Django's tests use the locmem e-mail backend.
    settings.SILENCED_SYSTEM_CHECKS = ["ttminis_auth.E091", "mail.E001"]
    call_command("check", deploy=True, fail_level="ERROR")
