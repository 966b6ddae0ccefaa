"""Set the example up and serve it: one command, from nothing to logged in."""

import errno
import logging
import secrets
import signal
from contextlib import ExitStack
from functools import partial
from textwrap import dedent
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import get_internal_wsgi_application, run

from drama.hosting import hosted

ADMIN = "admin"


class Command(BaseCommand):
    """Migrate, create an admin, print what to open, serve until Ctrl-C.

    Threaded, because the simulated TikTok answers from this same process. Without the
    reloader, because its accounts and codes are in memory.
    """

    help = "Set the example up and serve it."
    # Checks may read the database, which does not exist yet: see prepare.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        # SIGTERM stops the demo like Ctrl-C, and cleans up as well.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with ExitStack() as until_the_end:
                run(
                    settings.HOST,
                    settings.PORT,
                    StaticFilesHandler(get_internal_wsgi_application()),
                    threading=True,
                    on_bind=partial(self.prepare, until_the_end),
                )
        except KeyboardInterrupt:
            self.stdout.write("\nGoodbye.")
        except OSError as error:
            # Suggest the port after the next: another demo would have taken two.
            raise CommandError(explain(error, "PORT", settings.PORT, 2)) from error

    def prepare(self, until_the_end: ExitStack, port: int) -> None:
        """Run after the port was bound, so that a busy port leaves nothing behind."""
        if settings.HOSTED:
            host(until_the_end)
        for chatty in ("django.server", "django.request"):
            logging.getLogger(chatty).setLevel(logging.ERROR)
        call_command("migrate", verbosity=0)
        self.check()
        self.stdout.write(welcome(create_admin()))
        self.stdout.flush()


def host(until_the_end: ExitStack) -> None:
    """Serve the exported page at the second port."""
    try:
        until_the_end.enter_context(hosted())
    except OSError as error:
        explained = explain(error, "BUNDLE_PORT", settings.HOSTED_PORT, 1)
        raise CommandError(explained) from error


def create_admin() -> str:
    """Return the new admin's password, or "" if there is an admin already."""
    users = get_user_model().objects
    if users.filter(username=ADMIN).exists():
        return ""
    password = secrets.token_urlsafe(9)
    users.create_superuser(ADMIN, password=password)
    return password


def welcome(password: str) -> str:
    site = f"http://{settings.HOST}:{settings.PORT}"
    known = f'user "{ADMIN}", with the password printed at the first start'
    created = f'user "{ADMIN}", password "{password}" (shown only this once)'
    return WELCOME.format(
        site=site,
        admin=created if password else known,
        tiktok=SIMULATED.format(site=site) if settings.SIMULATED else REAL,
        homes=HOMES.format(site=site, hosted=settings.HOSTED_URL)
        if settings.HOSTED
        else "",
    )


def explain(error: OSError, variable: str, port: int, further: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program. "
            f"Choose another one: {variable}={port + further} make demo"
        )
    return f"Cannot serve at {settings.HOST}:{port}: {error.strerror}."


WELCOME = dedent(
    """
    The Elsewhere Line, a mini drama, is running. Ctrl-C stops it.

      {site}/                  the drama: logged in without a click
      {site}/accounts/login/   TikTok beside username and password
      {site}/admin/            {admin}
    {tiktok}{homes}"""
)
HOMES = dedent(
    """
    One page at two addresses. To the server you are the same user at both.

      {site}/board/
          served by Django: a session cookie authenticates you
      {hosted}
          exported, and served from another origin, as TikTok would: no cookie arrives,
          so a token in a header authenticates you
    """
)
SIMULATED = dedent(
    """\
      {site}/game/             a second mini app of the same developer
      {site}/tiktok/           the simulated TikTok: its accounts and its faults

    To try:
      1. Open the drama, watch a little, reload: same user, same place.
      2. Switch the account in the simulated TikTok, reload the drama:
         another user, another place. Switch back: nothing is lost.
      3. Log out and reload: you stay logged out. Watch something, log in by the
         button: you keep your place.
      4. Log in as admin with the password and connect TikTok on {site}/me/,
         with a TikTok account that has not opened the drama yet.
      5. Choose a fault in the simulated TikTok and reload the drama.
      6. Show your name and picture in the drama. In the game you are another user;
         show them there as well, and the two users are merged.
      7. Log out, and log in by "TikTok Web site": the same user.
      8. Open {site}/me/ beside the simulated TikTok. There, expire or revoke tokens,
         and use one here. Remove the app: the session ends. Log in again: you are
         the same user.
      9. Be support: in {site}/admin/, find a viewer among the TikTok identities.
         Look at the state of the tokens, end the sessions, merge two viewers;
         each page shows first what is going to happen.
    """
)
REAL = "\nTikTok is the real one: open the drama from TikTok's developer tools.\n"
