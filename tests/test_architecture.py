"""The shape of the code, kept by reading the imports of every module: layers only look down, and nothing goes in a circle."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sessionctl"
LAYERS = tuple(
    set(names.split())
    for names in (
        "chunks errors model plan remembered report target units",
        "attributes batch codecs cookies fields filters formats identity javatext layouts ledger query records rows secrets security seen"
        " times",
        "apply archives companions dial farewells finder greeting guarded interrupts journal lanes planned replies restoring scan"
        " scripts stamped stencils store terminal topologies wire words",
        "app bulk changes changing columns demo detail detection differences discovery endings exports extensions importing imports"
        " lastlook outcomes pipeline planfile purging recording redaction resolve returns selecting sightings snapshots whole",
        "__main__ cli commands completion help offers options shared",
    )
)
STANDARD = sys.stdlib_module_names
ALLOWED: tuple[set[str], ...] = (set(), {"tabulate", "rich"}, {"hiredis", "rich"}, {"fakeredis", "redis"}, {"click", "redis"})
"""What beside the standard library and lower layers a layer may import."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def layer_of(module: str) -> int:
    first = module.split(".")[0]
    if not first:
        return 0
    [layer] = [number for number, names in enumerate(LAYERS) if first in names]
    return layer


def imports(path: Path, *, at_run_time: bool = False) -> set[str]:
    """Every module that `path` imports anywhere; without those for type checkers only, if `at_run_time`."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped: set[ast.AST] = set()
    if at_run_time:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                skipped.update(ast.walk(node))
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.update(_module(node.module or "", alias.name) for alias in node.names)
    return found


def _module(module: str, name: str) -> str:
    """``from sessionctl import fields`` imports sessionctl.fields; ``from sessionctl.fields import ID`` just the module."""
    inside = PACKAGE.parent.joinpath(*module.split("."), name)
    return f"{module}.{name}" if inside.with_suffix(".py").exists() or inside.is_dir() else module


def own_imports(path: Path, *, at_run_time: bool = False) -> set[str]:
    found = imports(path, at_run_time=at_run_time)
    return {name.removeprefix("sessionctl").lstrip(".") for name in found if name.split(".")[0] == "sessionctl"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_its_own_layer_or_a_lower_one(path: Path) -> None:
    layer = layer_of(name_of(path))
    assert {name for name in own_imports(path, at_run_time=True) if layer_of(name) > layer} == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_layer_uses_only_the_libraries_that_belong_to_it(path: Path) -> None:
    layer = layer_of(name_of(path))
    others = {name.split(".")[0] for name in imports(path, at_run_time=True)} - STANDARD - {"sessionctl"}
    assert others <= ALLOWED[layer]


def test_no_import_goes_in_a_circle() -> None:
    graph = {name_of(path): {name for name in own_imports(path, at_run_time=True) if name} for path in MODULES}
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way, module))
        if module not in done:
            for other in graph.get(module, ()):
                if other != module:
                    visit(other, (*way, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path).split(".")[0] not in ("terminal",)], ids=name_of)
def test_only_the_terminal_prints(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & {"print", "click.echo", "sys.stdout.write", "sys.stderr.write"}


@pytest.mark.parametrize("path", [path for path in MODULES if layer_of(name_of(path)) < 2], ids=name_of)
def test_the_pure_layers_have_no_clock_and_no_input_or_output(path: Path) -> None:
    assert not imports(path) & {"time", "socket", "subprocess", "os", "threading.Thread"}


@pytest.mark.parametrize("words", [["--help"], ["ls", "--help"], ["completion", "bash"]], ids=" ".join)
def test_help_and_completion_import_no_client_and_no_table(words: list[str]) -> None:
    unwanted = "{'redis', 'rich', 'tabulate', 'asyncio'}"
    code = f"import sys; from sessionctl.cli import run; run(sys.argv[1:]); print(sorted({unwanted} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
