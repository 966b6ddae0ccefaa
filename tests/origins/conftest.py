"""TikTok's host and ours, each under its own name, over TLS, in real browsers.

The package is exported once. A plain static server has it; Django stands elsewhere.
Browsers reach both through a proxy that knows no way out of this machine, so that
addresses and origins read as in production: no port, no loopback.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Remote, WebKitGTKOptions
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.service import Service
from urllib3.exceptions import HTTPError

from tests import chromium as browsers
from tests.browser.conftest import _answered  # noqa: F401  a fixture
from tests.fixtures import DRAMA
from tests.ports import reserved_port
from tests.requirements import missing

from . import names
from .servers import Certificate, Exchange, Road, SecureSite, running
from .visitors import ChromiumVisitor, WebKitVisitor

PROJECT = Path(__file__).parent / "project"
BLOCK_COOKIES = "--test-third-party-cookie-phaseout"
HOSTS = (names.BUNDLE, names.OTHER_DEVELOPER, names.OTHER_SUFFIX)


@pytest.fixture(scope="session")
def package(tmp_path_factory: Any) -> Path:
    """The page of the project, as ``manage.py ttminis_export`` writes it."""
    directory: Path = tmp_path_factory.mktemp("export") / "package"
    (templates,) = project.TEMPLATES
    where = {
        "TEMPLATES": [{**templates, "DIRS": [PROJECT / "templates"]}],
        "STATICFILES_DIRS": [PROJECT / "static"],
    }
    options = {"api_base": f"https://{names.API}", "client_key": DRAMA}
    with override_settings(**where):
        call_command(
            "ttminis_export", "drama.html", directory, stdout=StringIO(), **options
        )
    return directory


@pytest.fixture(scope="session")
def certificate() -> Certificate:
    return Certificate(names.API, names.SDK, names.SPA, *HOSTS)


class SecureLiveServer(LiveServer):
    """pytest-django's server, with TLS."""

    def __init__(self, certificate: Certificate) -> None:
        super().__init__("127.0.0.1", start=False)
        self.thread.server_class = partial(SecureSite, certificate.context)
        self.start()


@pytest.fixture(scope="session")
def live_server(certificate: Certificate) -> Iterator[SecureLiveServer]:
    server = SecureLiveServer(certificate)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def road(
    package: Path, certificate: Certificate, live_server: SecureLiveServer
) -> Iterator[Road]:
    with running(package, certificate.context, hosts=HOSTS, sdk=names.SDK) as road:
        road.ports[f"{names.API}:443"] = live_server.thread.port
        yield road


@pytest.fixture
def exchanges(live_server: SecureLiveServer) -> list[Exchange]:
    """What the Django site was asked during this test, and what it answered."""
    exchanges: list[Exchange] = live_server.thread.httpd.exchanges
    exchanges.clear()
    return exchanges


@pytest.fixture
def _site(tiktok: Any, settings: Any, _answered: None) -> None:  # noqa: F811
    """The Django site under its own name; our settings are as they come."""
    settings.ROOT_URLCONF = "tests.origins.urls"
    # The other two are the simulator's: its SDK, and the API that Django asks.
    settings.ALLOWED_HOSTS = [names.API, names.SDK, "127.0.0.1"]
    settings.TTMINIS_CORS_PATHS = ["/api/"]


@pytest.fixture(scope="session")
def chromium_args(road: Road, certificate: Certificate) -> list[str]:
    return [
        f"--proxy-server={road.address}",
        # Ours and no other; everything else about TLS stays as it is.
        f"--ignore-certificate-errors-spki-list={certificate.fingerprint}",
    ]


@pytest.fixture(scope="module")
def chromium(chromium_args: list[str]) -> Browser:
    """A Chromium that blocks third-party cookies."""
    return browsers.running(*chromium_args, BLOCK_COOKIES, whole=True)


@pytest.fixture
def visitor(
    chromium: Browser, _site: None, exchanges: list[Exchange]
) -> Iterator[ChromiumVisitor]:
    """A visitor inside TikTok, signed in there as mia. No cookie comes or goes."""
    context = chromium.new_context()
    visitor = ChromiumVisitor(context)
    yield visitor
    cookies = context.cookies()
    context.close()
    assert cookies == []
    assert [each for each in exchanges if each.cookies] == []
    assert [each for each in exchanges if "set-cookie" in each.headers] == []


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A virtual screen."""
    if shutil.which("Xvfb") is None:
        missing("Xvfb is not installed")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, pass_fds=[writer], stderr=quiet) as screen:
        os.close(writer)
        with os.fdopen(reader) as pipe:
            yield f":{pipe.readline().strip()}"
        screen.terminate()


@pytest.fixture
def webkit(
    display: str, road: Road, _site: None, exchanges: list[Exchange]
) -> Iterator[WebKitVisitor]:
    """The same visitor with WebKit, the engine of iPhones."""
    path = shutil.which("WebKitWebDriver")
    if path is None:
        missing("WebKitWebDriver is not installed")
    with reserved_port() as port:
        service = Service(path, port=port, env={**os.environ, "DISPLAY": display})
        browser = _opened(service, road)
        yield WebKitVisitor(browser)
        browser.quit()
        service.stop()


def _opened(service: Service, road: Road) -> Remote:
    """Open a browser; now and then one dies at its start, and its driver waits on."""
    for final in (False, False, True):
        service.start()
        # Selenium's own class for this browser calls Selenium in a deprecated way.
        client = ClientConfig(remote_server_addr=service.service_url, timeout=60)
        try:
            return Remote(
                RemoteConnection(client_config=client), options=_options(road)
            )
        except HTTPError:
            service.process.kill()
            service.process.wait()
            if final:
                raise
    raise AssertionError


def _options(road: Road) -> WebKitGTKOptions:
    options = WebKitGTKOptions()
    options.accept_insecure_certs = True
    # An argument, because a proxy among the capabilities would be spoken to with TLS.
    # And as on iPhones, WebKit keeps third-party cookies away.
    for argument in ("--automation", f"--proxy=http://{road.address}", "--enable-itp"):
        options.add_argument(argument)
    return options
