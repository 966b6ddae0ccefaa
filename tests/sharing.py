"""How the tests are shared among processes: what is costly to start, starts once.

pytest-xdist hands out single tests, and each process would start a Chromium for each
module, and an example project. Here a process gets a whole module. The modules that
wait for a browser or another process come first, so that none of them is the last.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.kinds import kind_of

# Their tests share one running example project; two processes have one each.
TOGETHER = ("tests/example/test_admin", "tests/example/")
ORDER = ("browser", "process", "database", "plain")


class WholeModules(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        together = [folder for folder in TOGETHER if nodeid.startswith(folder)]
        return together[0] if together else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeModules:
    config.option.loadscopereorder = False
    return WholeModules(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the random order within a module, and put the slow modules first."""
    places: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for item in items:
        module, place = _module(item), ORDER.index(kind_of(item))
        places[module] = min(place, places.get(module, place))
        sizes[module] = sizes.get(module, 0) + 1
    items.sort(key=lambda item: _key(_module(item), places, sizes))


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _key(module: str, places: dict[str, int], sizes: dict[str, int]) -> Any:
    return not module.startswith(TOGETHER), places[module], -sizes[module] // 40
