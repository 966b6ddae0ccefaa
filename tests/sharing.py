"""How the tests are shared among processes: what is costly to start, starts once.

pytest-xdist hands out single tests, and each process would start a Chromium for each
module. Here a process gets a whole module, or a batch of one whose tests take long.
What waits for a browser or another process comes first, for one half of the processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.kinds import kind_of

# How many tests make a batch, where each takes half a second and more. A batch takes
# some five seconds, and minutes where the long run plays races.
SLOW = {"tests/browser/": 8, "tests/example/": 8, "tests/races/": 1}
ORDER = ("browser", "process", "database", "plain")


class Batches(LoadScopeScheduling):
    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        self.batches: dict[str, str] = {}

    def schedule(self) -> None:
        if not self.batches:
            self.batches = batches(next(iter(self.registered_collections.values())))
        super().schedule()

    def _assign_work_unit(self, node: Any) -> None:
        # Every second process begins at the other end: more browsers at a time than
        # processors get in each other's way.
        if int(node.gateway.id.removeprefix("gw")) % 2:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        return self.batches[nodeid]


def batches(nodeids: Iterable[str]) -> dict[str, str]:
    """Return the name of the batch that each test belongs to."""
    seen: Counter[str] = Counter()
    names = {}
    for nodeid in nodeids:
        module = _module(nodeid)
        size = next((n for start, n in SLOW.items() if module.startswith(start)), None)
        number = seen[module] // size if size else 0
        names[nodeid] = f"{module} {number}"
        seen[module] += 1
    return names


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Batches:
    config.option.loadscopereorder = False
    return Batches(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the random order within a module, and put the slow modules first."""
    places: dict[str, int] = {}
    for item in items:
        module, place = _module(item.nodeid), ORDER.index(kind_of(item))
        places[module] = min(place, places.get(module, place))
    items.sort(key=lambda item: places[_module(item.nodeid)])


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0]
