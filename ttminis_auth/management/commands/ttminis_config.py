"""Print the configuration of a TikTok-hosted page, for a front end's own build."""

from __future__ import annotations

import json

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, CommandParser
from django.utils import translation

from ...page.config import bundle_config
from ..arguments import add_language
from ..base import TTMinisCommand


class Command(TTMinisCommand):
    """Write to stdout what ``{% ttminis_sdk mode="token" %}`` writes into a page."""

    help = (
        "Print, as JSON, the configuration of a TikTok-hosted page: the argument of "
        "createTTMinisAuth() in a front end that Vite or another tool builds. "
        "It holds no secret and is the same for every visitor."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--api-base",
            metavar="URL",
            required=True,
            help="where this site answers TikTok's page, as https://api.example.com",
        )
        parser.add_argument(
            "--client-key", metavar="KEY", help="needed if there are several apps"
        )
        add_language(parser)

    def only_shows(self, **options: object) -> bool:
        """Say yes: a configuration is printed, and nothing changes."""
        return True

    def handle(
        self,
        *args: object,
        api_base: str,
        client_key: str | None,
        lang: str | None,
        **options: object,
    ) -> None:
        try:
            with translation.override(lang or translation.get_language()):
                config = bundle_config(api_base=api_base, client_key=client_key)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(config, indent=2))
