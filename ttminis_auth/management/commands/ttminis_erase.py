"""Hand out, or erase, all that is kept of one person."""

from __future__ import annotations

import json
import os
import sys
from functools import partial

from django.core.management.base import CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from ...models import Identity
from ...removal import erasure
from ...removal.erasure import ErasureRefused, SeveralApps
from ..arguments import take_open_ids, text
from ..base import TTMinisCommand
from ..writing import is_encodable

NOT_FOUND = "No identity has this open_id."


class Command(TTMinisCommand):
    """For an operator who has a user's request for erasure."""

    help = (
        "Export or erase everything about one open_id: identity, tokens, sessions, "
        "the social account, webhook deliveries, and the name on the user."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("open_id", type=text)
        parser.add_argument(
            "--client-key", type=text, help="which app, if several know them"
        )
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--export",
            metavar="FILE",
            help='write all as JSON; "-" is stdout',
        )
        what.add_argument("--erase", action="store_true")
        parser.add_argument(
            "--delete-user",
            action="store_true",
            help="delete the user, too, unless they are more than this TikTok account",
        )
        parser.add_argument(
            "--no-revoke",
            action="store_true",
            help="do not revoke the tokens with TikTok",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask first")
        take_open_ids(parser)

    def only_shows(self, **options: object) -> bool:
        return not options["erase"]

    def handle(
        self,
        *args: object,
        open_id: str,
        client_key: str | None,
        export: str,
        erase: bool,
        delete_user: bool,
        no_revoke: bool,
        yes: bool,
        **options: object,
    ) -> None:
        try:
            identity = erasure.find(open_id, client_key)
        except SeveralApps as several:
            raise CommandError(
                f"Several apps know this open_id: {several}. "
                "Name one of them with --client-key."
            ) from None
        if erase:
            if not yes:
                self._require_yes(identity, open_id, delete_user=delete_user)
            if identity is None:
                self._erase_left_over(open_id, client_key)
            else:
                self._erase(identity, delete_user=delete_user, revoke=not no_revoke)
        elif identity is None:
            raise _not_found(client_key)
        else:
            self._export(identity, export)

    def _export(self, identity: Identity, path: str) -> None:
        content = erasure.personal_data(identity)
        if path == "-":
            # Escapes of the terminal's would be no JSON; those of JSON are.
            self.stdout.write(_json(content, self.output.encoding))
            return
        try:
            with self.unit():
                _write(path, f"{_json(content)}\n".encode())
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error

    def _require_yes(
        self, identity: Identity | None, open_id: str, *, delete_user: bool
    ) -> None:
        if sys.stdin is None or not sys.stdin.isatty():
            raise CommandError("There is no terminal to ask at: confirm with --yes.")
        known = f"{identity}, user {identity.account.user_id}" if identity else open_id
        also = " and delete the user" if delete_user else ""
        self.stdout.write(f"Erase everything about {known}{also}? [y/N] ", ending="")
        if sys.stdin.readline().strip().lower() != "y":
            raise CommandError("Nothing was erased.")

    def _erase(self, identity: Identity, *, delete_user: bool, revoke: bool) -> None:
        try:
            with self.unit():
                erased = erasure.erase(identity, delete_user=delete_user, revoke=revoke)
        except ErasureRefused as refusal:
            revoked = " The tokens are revoked." if refusal.revoked else ""
            raise CommandError(f"Nothing was erased: {refusal}.{revoked}") from None
        for label, count in sorted(erased.rows.items()):
            self.stdout.write(f"{label}: {count}")
        revoked = "revoked" if erased.revoked else "not revoked"
        found = "not searched" if erased.sessions is None else erased.sessions
        self.stdout.write(
            "Sessions of Minis logins do not count any more. "
            f"Sessions found and deleted: {found}. Tokens: {revoked}."
        )

    def _erase_left_over(self, open_id: str, client_key: str | None) -> None:
        """Erase webhooks of an open_id that has no identity (any more)."""
        with self.unit():
            count, _ = erasure.deliveries(open_id, client_key).delete()
        if not count:
            raise _not_found(client_key)
        self.stdout.write(f"{NOT_FOUND} Webhook deliveries erased: {count}.")


def _not_found(client_key: str | None) -> CommandError:
    if client_key is None:
        return CommandError(NOT_FOUND)
    return CommandError(f"No identity of the app {client_key} has this open_id.")


def _json(content: object, encoding: str = "utf-8") -> str:
    dump = partial(json.dumps, content, cls=DjangoJSONEncoder, indent=2)
    document: str = dump(ensure_ascii=False)
    return document if is_encodable(document, encoding) else dump()


def _write(path: str, content: bytes) -> None:
    """Write a new file for our eyes only, as a whole or not at all."""
    with open(path, "xb", opener=_for_us_alone) as file:
        try:
            file.write(content)
            file.flush()
        except OSError:  # the disk is full
            os.unlink(path)
            raise


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
