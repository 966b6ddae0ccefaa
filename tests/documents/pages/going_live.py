"""docs/how-to/going-live.rst"""

from django.core.management import call_command


def test_key_and_secret_of_the_environment_log_a_visitor_in(client, db, tiktok):
    assert tiktok.log_in(client, "mia").socialaccount_set.get()


def test_check_finds_no_error_once_the_rehearsal_is_taken_out(db, settings):
    del settings.TTMINIS_ORIGIN_SUFFIXES
    # The simulator's check stays in a process that has loaded it, and tests of Django
    # keep mails in memory.
    settings.SILENCED_SYSTEM_CHECKS = ["ttminis_auth.E091", "mail.E001"]
    call_command("check", deploy=True, fail_level="ERROR")
