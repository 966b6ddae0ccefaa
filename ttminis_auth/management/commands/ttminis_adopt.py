"""Link TikTok users that a site had before to Django users."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from allauth.socialaccount.models import SocialApp
from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import CommandError, CommandParser

from ...core.client_apps import PROVIDER_ID, WEB_PROVIDER_ID, tiktok_apps
from ...linking.adopt import Adopted, adopt, require_user_field
from ..arguments import text
from ..base import Options, TTMinisCommand
from ..display import progress
from ..people_sources import (
    Row,
    Staged,
    rows_of_accounts,
    rows_of_csv,
    rows_of_model,
)


class Command(TTMinisCommand):
    """For a site that had logins of TikTok users before this package."""

    help = (
        "Link TikTok users to the site's users that have their open_ids, so that they "
        "log in as these. It lists those that it cannot link for certain, and leaves "
        "them alone. It can be stopped at any time, and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument(
            "--csv", metavar="FILE", help="a file whose first line names its columns"
        )
        source.add_argument("--model", metavar="LABEL", help="a model: shop.Player")
        source.add_argument(
            "--tiktok-accounts",
            action="store_true",
            help="the accounts of allauth's own provider, tiktok",
        )
        columns = {"open-id": "open_id", "user": "user", "union-id": None}
        for name, default in columns.items():
            parser.add_argument(
                f"--{name}",
                metavar="COLUMN",
                default=default,
                help=f"column, or field of the model, with the {name} (%(default)s)",
            )
        parser.add_argument(
            "--user-field",
            metavar="FIELD",
            default="pk",
            help="field of the user model that the column has, as email (%(default)s)",
        )
        parser.add_argument(
            "--client-key", type=text, help="the app that the open_ids are of"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would be done"
        )

    def handle(self, *args: object, **options: Any) -> None:
        try:
            require_user_field(options["user_field"])
        except FieldDoesNotExist as error:
            raise CommandError(f"{error}.") from error
        app = _app(options["client_key"], accounts=options["tiktok_accounts"])
        with _rows(app, options) as rows, closing(Staged()) as people:
            people.fill(rows)
            counts = self._adopt(app, people, options)
        linked = "to link" if options["dry_run"] else "linked"
        self.stdout.write(
            f"Done: {counts['new']} {linked}, {counts['before']} linked before, "
            f"{counts['refused']} left alone."
        )
        if counts["refused"]:
            raise CommandError(f"{counts['refused']} left alone: see why above.")

    def _adopt(self, app: SocialApp, people: Staged, given: Options) -> dict[str, int]:
        counts = {"new": 0, "before": 0, "refused": 0}
        how = {name: given[name] for name in ("user_field", "dry_run")}
        with progress(self.stdout, people.count) as show:
            for batch in self.units(people.batches()):
                done = adopt(app, batch, **how)
                self._list(done)
                for name in counts:
                    counts[name] += len(getattr(done, name))
                show(sum(counts.values()), f"{sum(counts.values())} looked at")
        return counts

    def _list(self, done: Adopted) -> None:
        for person, reason in done.refused:
            self.stdout.write(f"Row {person.row}, {person.open_id!r}: {reason}")


def _app(client_key: str | None, *, accounts: bool) -> SocialApp:
    provider_id = WEB_PROVIDER_ID if accounts else PROVIDER_ID
    found = tiktok_apps(client_key, provider_id=provider_id)
    # The same app may be configured for several sites.
    apps = {(app.client_id, app.provider_id): app for app in found}
    if len(apps) == 1:
        return next(iter(apps.values()))
    keys = ", ".join(sorted(app.client_id for app in apps.values())) or "none"
    raise CommandError(f"Name one of the {provider_id} apps by --client-key: {keys}.")


@contextmanager
def _rows(app: SocialApp, options: Options) -> Iterator[Iterator[Row]]:
    columns = options["open_id"], options["user"], options["union_id"]
    if options["csv"] is None:
        yield (
            rows_of_accounts(app.provider_id or app.provider)
            if options["tiktok_accounts"]
            else rows_of_model(options["model"], *columns)
        )
        return
    try:
        with open(options["csv"], encoding="utf-8-sig", newline="") as file:
            yield rows_of_csv(file, *columns)
    except OSError as error:
        raise CommandError(f"{options['csv']}: {error.strerror}.") from error
