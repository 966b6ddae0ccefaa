"""Change the code that holds policy, one small change at a time, and see a test fail.

``python -m mutation`` takes names of modules, such as ``tokens`` or
``linking.merge``; without any it takes all. ``--sample 50`` takes every so many-th, so
that there are 50 of each module at most.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections import Counter

import pytest

from .generate import COPY, ROOT, Mutant, generate
from .run import Hunt

TESTS = (
    "tests/admin",
    "tests/core/client_apps",
    "tests/core/test_counts.py",
    "tests/core/test_session_hash.py",
    "tests/endpoints",
    "tests/linking",
    "tests/login",
    "tests/management/test_adopt_command.py",
    "tests/profile",
    "tests/removal",
    "tests/tiktok",
    "tests/tokens",
    "tests/web",
    "tests/webhooks",
    "tests/test_backends.py",
    "tests/test_checks.py",
    "tests/test_crypto.py",
    "tests/test_models.py",
    "tests/test_provider.py",
)
MARKS = "(plain or database) and not hypothesis"
if not os.environ.get("TEST_DATABASE"):
    MARKS += " and not postgres"
OPTIONS = ("-q", "-s", "--tb=native", "-p", "no:randomly", "-p", "no:cacheprovider")
EXCUSED = "mutation/equivalent.txt"
# Of a hundred mutants, so many have to die.
WANTED = 95


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--sample", type=int, default=0)
    options = parser.parse_args()
    made, excused = generate(), _excused()
    if stale := excused - {str(mutant) for mutant in made}:
        raise SystemExit(
            f"No mutant any more, in {EXCUSED}:\n" + "\n".join(sorted(stale))
        )
    wanted = [mutant for mutant in made if _is_wanted(mutant, options.modules)]
    mutants = [mutant for mutant in wanted if str(mutant) not in excused]
    print(f"{len(mutants)} mutants, besides {len(wanted) - len(mutants)} in {EXCUSED}")
    chosen = _sample(mutants, options.sample) if options.sample else mutants
    return _report(chosen, _hunt(chosen), left_out=len(mutants) - len(chosen))


def _excused() -> set[str]:
    """Return the mutants that no test can see, as the file of them lists them."""
    lines = (ROOT / EXCUSED).read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def _is_wanted(mutant: Mutant, modules: list[str]) -> bool:
    name = mutant.name.removeprefix("ttminis_auth.") + "."
    return not modules or any(name.startswith(module + ".") for module in modules)


def _sample(mutants: list[Mutant], most: int) -> list[Mutant]:
    chosen = []
    for path in dict.fromkeys(mutant.path for mutant in mutants):
        of_module = [mutant for mutant in mutants if mutant.path == path]
        step = max(1, -(-len(of_module) // most))
        chosen += of_module[::step]
    return chosen


def _hunt(mutants: list[Mutant]) -> dict[Mutant, str]:
    hunt = Hunt(mutants, _key())
    os.chdir(COPY)
    sys.path[0] = str(COPY)
    os.environ["MUTANT_UNDER_TEST"] = ""
    tests = os.environ.get("TESTS", "").split() or TESTS
    code = pytest.main([*OPTIONS, "-m", MARKS, *tests], plugins=[hunt])
    if code:
        raise SystemExit(f"pytest ended with {code!r}")
    return hunt.ends


def _key() -> str:
    """Return what changes with the package, and with it what a test calls."""
    digest = hashlib.sha256()
    for path in sorted((COPY / "ttminis_auth").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _report(mutants: list[Mutant], ends: dict[Mutant, str], *, left_out: int) -> int:
    by_module: dict[str, Counter[str]] = {}
    for mutant in mutants:
        by_module.setdefault(str(mutant.path), Counter())[ends[mutant]] += 1
    total = sum(by_module.values(), Counter())
    for name, counter in {**by_module, "all": total}.items():
        print(f"{name:45}", _score(counter))
    print(f"not run: {left_out}")
    return 0 if _died(total) * 100 >= WANTED * total.total() else 1


def _died(counter: Counter[str]) -> int:
    return counter["dead"] + counter["timed out"]


def _score(counter: Counter[str]) -> str:
    dead = _died(counter)
    rest = ", ".join(
        f"{count} {end}" for end, count in counter.items() if end != "dead"
    )
    share = 100 * dead / counter.total()
    return f"{dead:4} of {counter.total():4} died, {share:5.1f} %  {rest}"


if __name__ == "__main__":
    sys.exit(main())
