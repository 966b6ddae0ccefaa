"""The tutorials work when typed word by word into an empty folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chromium import running
from tests.documents.newcomer import Newcomer, steps
from tests.ports import reserved_port

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """Follow the first tutorial to its fifth step."""
    with reserved_port() as port, reserved_port() as other_port:
        reader = Newcomer(tmp_path_factory.mktemp("newcomer"), port, other_port)
        for step in steps("tutorial")[:5]:
            reader.follow(step)
        yield reader
        reader.leave()


def test_the_first_tutorial_leads_to_a_login(newcomer):
    mia = newcomer.open()
    assert newcomer.open() == mia

    newcomer.sign_in("noah")
    assert newcomer.open() != mia
    newcomer.sign_in("mia")
    assert newcomer.open() == mia

    newcomer.follow(steps("tutorial")[6])


@pytest.mark.browser
def test_the_second_tutorial_leads_to_a_page_on_another_host(newcomer):
    newcomer.leave()
    for step in steps("hosted")[:6]:
        newcomer.follow(step)

    with running().new_context() as phone:
        page = phone.new_page()
        page.goto(newcomer.hosted("mnsimdrama000001"))
        page.wait_for_selector("text=Welcome, user_")
        assert phone.cookies() == []
        page.goto(newcomer.hosted("mnsomebodyelse01"))
        page.evaluate("TTMinisAuth.ready.catch(() => null)")
        assert page.evaluate("TTMinisAuth.session.userId") is None
