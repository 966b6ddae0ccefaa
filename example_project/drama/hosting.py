"""Serve the exported board from an origin of its own, as TikTok would."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.management import call_command

from drama.views import board_context

TEMPLATE = "drama/board.html"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without logging; it does not use Django."""

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def hosted() -> Iterator[None]:
    """Serve the exported page in a block; raise OSError if the port is taken."""
    with TemporaryDirectory(prefix="ttminis-demo-") as directory:
        handler = partial(Quiet, directory=directory)
        address = ("127.0.0.1", settings.HOSTED_PORT)
        with ThreadingHTTPServer(address, handler) as server:
            export(directory)
            Thread(target=server.serve_forever, daemon=True).start()
            yield
            server.shutdown()


def export(directory: str) -> None:
    """Run ``manage.py ttminis_export`` with ``--development``."""
    call_command(
        "ttminis_export",
        TEMPLATE,
        directory,
        api_base=f"http://{settings.HOST}:{settings.PORT}",
        client_key=settings.CLIENT_KEY,
        context=json.dumps(board_context()),
        development=True,
        stdout=StringIO(),
    )
