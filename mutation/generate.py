"""Write a copy of the project in which each function is there with all its mutants.

mutmut writes them into the module, and ``MUTANT_UNDER_TEST`` chooses one. It leaves out
functions with decorators, so these get their decorators in a statement of their own.
"""

from __future__ import annotations

import difflib
import pickle
import shutil
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from mutmut.configuration import config
from mutmut.mutation.data import LineSpan
from mutmut.mutation.file_mutation import mutate_file_contents

ROOT = Path(__file__).parents[1]
COPY = ROOT / "build" / "mutants"
MADE = ROOT / "build" / "mutants.pickle"
# What the tests read, besides the package.
ALSO = (
    "tests",
    "docs",
    "example_project",
    "neighbours",
    "README.rst",
    "pyproject.toml",
    "setup.cfg",
)
LEFT_AS_THEY_ARE = {"classmethod", "staticmethod", "overload", "setter"}
JUNK = shutil.ignore_patterns("__pycache__", "node_modules", "libraries")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change of one function.

    Attributes:
        name: as mutmut has it, such as ``ttminis_auth.crypto.x_encrypt__mutmut_3``.
        function: the part of it that all mutants of the function share.
        removed: the lines that it lacks, without indentation.
        added: the lines that it has instead.
    """

    name: str
    path: Path
    removed: str
    added: str

    @property
    def function(self) -> str:
        return self.name.partition("__mutmut_")[0]

    def __str__(self) -> str:
        function = self.function.replace(".x_", ".").replace(".xǁ", ".")
        return f"{function.replace('ǁ', '.')}: {self.removed} -> {self.added}"


def generate() -> list[Mutant]:
    """Make the copy, and return its mutants."""
    for name in ("ttminis_auth", *ALSO):
        _copy(ROOT / name, COPY / name)
    known = pickle.loads(MADE.read_bytes()) if MADE.exists() else {}
    made = {}
    for path in _paths():
        source = (ROOT / path).read_text()
        made[path, source] = known.get((path, source)) or _mutated(path, source)
        (COPY / path).write_text(made[path, source][0])
        # What Python compiled the last time stays good.
        shutil.copystat(ROOT / path, COPY / path)
    MADE.write_bytes(pickle.dumps(made))
    return [mutant for _, mutants in made.values() for mutant in mutants]


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        for old in target.rglob("*.py"):
            # A test that has another name now would still be run.
            if not (source / old.relative_to(target)).exists():
                old.unlink()
        shutil.copytree(source, target, ignore=JUNK, dirs_exist_ok=True)
    else:
        COPY.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _paths() -> list[Path]:
    found = (ROOT / "ttminis_auth").rglob("*.py")
    relative = sorted(path.relative_to(ROOT) for path in found)
    return [path for path in relative if config().should_mutate(path)]


def _mutated(path: Path, source: str) -> tuple[str, list[Mutant]]:
    module = cst.parse_module(source).visit(_Undecorate())
    mutated = mutate_file_contents(str(path), module.code)
    lines = mutated.code.splitlines()
    spans = mutated.line_span_by_function_name
    prefix = ".".join(path.with_suffix("").parts)
    mutants = []
    for name in mutated.mutant_names:
        original = _body(lines, spans[name.partition("__mutmut_")[0] + "__mutmut_orig"])
        removed, added = _difference(original, _body(lines, spans[name]))
        mutants.append(
            Mutant(name=f"{prefix}.{name}", path=path, removed=removed, added=added)
        )
    return mutated.code, mutants


def _body(lines: list[str], span: LineSpan) -> list[str]:
    found = (line.strip() for line in lines[span.start - 1 : span.end])
    return [line for line in found if "__mutmut_" not in line]


def _difference(original: list[str], mutant: list[str]) -> tuple[str, str]:
    changes = list(difflib.unified_diff(original, mutant, n=0, lineterm=""))[2:]
    removed = " ".join(line[1:] for line in changes if line.startswith("-"))
    added = " ".join(line[1:] for line in changes if line.startswith("+"))
    return removed, added


class _Undecorate(cst.CSTTransformer):
    """Turn ``@a`` above ``def f`` into ``f = a(f)`` below; not inside functions."""

    def visit_FunctionDef_body(self, node: cst.FunctionDef) -> None:
        self._depth += 1

    def leave_FunctionDef_body(self, node: cst.FunctionDef) -> None:
        self._depth -= 1

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.BaseStatement]:
        decorators = updated_node.decorators
        if self._depth or not decorators or LEFT_AS_THEY_ARE & _names(decorators):
            return updated_node
        value: cst.BaseExpression = updated_node.name
        for each in reversed(decorators):
            value = cst.Call(each.decorator, [cst.Arg(value)])
        target = cst.AssignTarget(updated_node.name)
        assignment = cst.SimpleStatementLine([cst.Assign([target], value)])
        plain = updated_node.with_changes(decorators=[])
        return cst.FlattenSentinel([plain, assignment])


def _names(decorators: object) -> set[str]:
    names = set()
    for each in decorators:  # type: ignore[attr-defined]
        node = (
            each.decorator.func
            if isinstance(each.decorator, cst.Call)
            else each.decorator
        )
        names.add(node.attr.value if isinstance(node, cst.Attribute) else node.value)
    return names
