"""Render a page of this site into the package that TikTok hosts."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError
from django.utils.translation import get_language

from ...conf import conf
from ...core.client_apps import get_provider
from ...errors import LoginRefused
from ..arguments import add_language
from ..base import Options, TTMinisCommand

try:
    from ...export import config, output, report, rules
    from ...export.build import Order, build, sdk_urls
    from ...export.files import CONFIG, Package
    from ...export.findings import Refused, Waiver
except ImproperlyConfigured as error:
    # The extra is not installed. That is said when the command runs: --help needs none.
    missing = str(error)
else:
    missing = ""

# The smaller of the two numbers on TikTok's pages; the other is 200.
MAX_MEGABYTES = 50.0


def _megabytes(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise ArgumentTypeError("it must be a number of megabytes")
    return number


class Command(TTMinisCommand):
    """Builds the package, holds it against TikTok's rules, and says what comes next."""

    help = (
        "Render TEMPLATE, without a request, into OUTPUT_DIR for TikTok's upload. "
        "The template gets client_key, api_base, ttminis_mode (token), "
        "LANGUAGE_CODE and LANGUAGE_BIDI."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("template", help="template of the page")
        parser.add_argument(
            "output_dir", nargs="?", type=Path, help="replaced as a whole"
        )
        parser.add_argument(
            "--api-base", metavar="URL", help="where this site answers TikTok's page"
        )
        parser.add_argument(
            "--client-key", metavar="KEY", help="needed if there are several apps"
        )
        add_language(parser)
        parser.add_argument(
            "--context",
            metavar="JSON",
            default="{}",
            help="variables, or a file's name",
        )
        parser.add_argument(
            "--trusted-domain",
            metavar="URL",
            action="append",
            default=[],
            help="another that the page calls",
        )
        self._add_checks(parser)

    def _add_checks(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing; a directory in place of TEMPLATE is checked as it is",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="move files that no export wrote to a directory beside it",
        )
        parser.add_argument(
            "--max-size", type=_megabytes, metavar="MB", default=MAX_MEGABYTES
        )
        parser.add_argument(
            "--strict", action="store_true", help="turn warnings into errors"
        )
        parser.add_argument(
            "--allow",
            metavar="RULE[:GLOB]",
            action="append",
            default=[],
            help="waive a rule, as in eval:vendor/*; messages end with its name",
        )
        parser.add_argument(
            "--development",
            action="store_true",
            help="let http to this machine through, for a rehearsal without TikTok",
        )

    def only_shows(self, **options: object) -> bool:
        return bool(options["check"])

    def handle(self, *args: object, **options: Any) -> None:
        if missing:
            raise CommandError(missing)
        if options["check"] and Path(options["template"]).is_dir():
            self._check_directory(options)
        else:
            self._export(options)

    def _check_directory(self, options: Options) -> None:
        directory = Path(options["template"])
        self.stdout.write(f"Checking the package in {directory}.")
        try:
            package = output.read(directory)
        except OSError as error:
            raise CommandError(str(error)) from error
        domains: list[str] = []
        if CONFIG in package:
            _, domains = config.read(package[CONFIG].content)
        self._judge(package, domains, options)
        self._say(*report.files(package))

    def _export(self, options: Options) -> None:
        directory = options["output_dir"]
        order = self._order(options)
        if not options["check"]:
            self._require_room(directory, options["force"])
        self.stdout.write(f"Rendering {order.template} without a request.")
        try:
            package = build(order)
        except Refused as refused:
            raise CommandError(f"Nothing was written.\n{refused}") from refused
        self._judge(package, [order.api_base], options)
        self._say(*report.files(package))
        if options["check"]:
            self._say("Nothing was written.")
            return
        self._write(package, directory, options["force"])
        self._say(*report.portal(order.api_base, order.trusted_domains))

    def _order(self, options: Options) -> Order:
        if not options["api_base"]:
            raise CommandError("--api-base says where this site answers TikTok's page.")
        development = options["development"]
        try:
            base = config.api_base(options["api_base"], development=development)
            more = options["trusted_domain"]
            domains = config.trusted_domains(base, more, development=development)
            key = config.client_key(options["client_key"] or _only_client_key())
        except ValueError as error:
            raise CommandError(str(error)) from error
        context = _context(options["context"])
        template, language = options["template"], options["lang"] or get_language()
        return Order(template, key, base, domains, context, language)

    def _require_room(self, directory: Path | None, force: bool) -> None:
        if directory is None:
            raise CommandError("OUTPUT_DIR is missing; only --check needs none.")
        try:
            output.require_room(directory, force=force)
        except (output.InTheWay, OSError) as error:
            raise CommandError(str(error)) from error

    def _write(self, package: Package, directory: Path, force: bool) -> None:
        try:
            with self.unit():
                kept = output.write(package, directory, force=force)
        except (output.InTheWay, OSError) as error:
            raise CommandError(f"The export failed: {error}") from error
        self._say(f"Written to {directory}.")
        for path in kept:
            self._say(f"Files that no export wrote are now in {path}.")
        self._say("")

    def _judge(self, package: Package, bases: list[str], options: Options) -> None:
        self.stdout.write(f"Holding {len(package)} files against TikTok's rules.")
        try:
            waivers = [Waiver.read(text) for text in options["allow"]]
        except ValueError as error:
            raise CommandError(str(error)) from error
        development = options["development"]
        urls = sdk_urls(conf.TTMINIS_SDK_URL, bases, development=development)
        held = rules.Rules(urls, options["max_size"], development)
        found = held.findings(package)
        left = [f for f in found if not any(w.covers(f) for w in waivers)]
        errors = [f for f in left if options["strict"] or f.is_error]
        warnings = [f for f in left if f not in errors]
        for line in report.warnings(warnings):
            self.stderr.write(line)
        if errors:
            lines = [*map(str, errors), f"Errors: {len(errors)}."]
            raise CommandError("\n".join(lines))
        self._say(*report.verdict(len(warnings), len(found) - len(left)))

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.stdout.write(line)


def _only_client_key() -> str:
    try:
        # Without a request, allauth looks on all sites.
        return str(get_provider(None).app.client_id)
    except LoginRefused as error:
        raise ValueError(
            "--client-key is needed: there is no TikTok Minis app here, or several."
        ) from error
    except DatabaseError as error:
        raise ValueError(
            "--client-key is needed: the database cannot be asked for the apps."
        ) from error


def _context(given: str) -> dict[str, object]:
    """Return the variables in a JSON object, or in a file that holds one."""
    # The text may hold secrets, and Python's errors name or carry it.
    wrong = ""
    try:
        is_json = given.lstrip().startswith("{")
        values = json.loads(given if is_json else Path(given).read_text("utf-8"))
    except OSError as error:
        wrong = f"no JSON object, and no file that can be read: {error.strerror}"
    except (ValueError, RecursionError) as error:
        wrong = f"no JSON: {error}"
    if wrong:
        raise CommandError(f"--context is {wrong}")
    if not isinstance(values, dict):
        raise CommandError("--context must be a JSON object.")
    return values
