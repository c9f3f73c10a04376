"""Who may import whom: the rooms of docs/architecture.md, read from every import statement.

A lower room never knows a higher one, a third-party package is used only where docs/decisions says so, and what the
public can reach holds no way to sign.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {"lcert_verifier": "verifier", "lcert_keys": "keys", "lcert_issuer": "issuer", "lcert_web": "web"}
FOLDERS = frozenset(SOURCES.values())

ROOMS: dict[str, frozenset[str]] = {
    "lcert_verifier": frozenset({"lcert_verifier"}),
    "lcert_keys": frozenset({"lcert_verifier", "lcert_keys"}),
    "lcert_issuer": frozenset({"lcert_verifier", "lcert_keys", "lcert_issuer"}),
    "lcert_web": frozenset({"lcert_verifier", "lcert_keys", "lcert_issuer", "lcert_web"}),
}

THIRD_PARTY: dict[str, tuple[str, ...]] = {
    "jwt": ("lcert_verifier.jwk",),
    "cryptography": ("lcert_verifier", "lcert_keys"),
    "pybase64": ("lcert_verifier.codec",),
    "zlib_ng": ("lcert_verifier.codec",),
    "sqlalchemy": ("lcert_issuer", "lcert_web.finding", "lcert_web.reporting"),
    "alembic": ("lcert_issuer.registry",),
    "qrcode": ("lcert_issuer.badge",),
    "PIL": ("lcert_issuer.badge",),
    "uharfbuzz": ("lcert_issuer.badge",),
    "babel": ("lcert_issuer.language", "lcert_web"),
    "click": ("lcert_issuer.commands", "lcert_issuer.demo", "lcert_web.command", "lcert_web.cli"),
    "flask": ("lcert_web",),
    "werkzeug": ("lcert_web",),
    "markupsafe": ("lcert_web",),
    "prometheus_client": ("lcert_web",),
    "gunicorn": ("lcert_web",),
    "boto3": ("lcert_issuer.storage.s3",),
    "botocore": ("lcert_issuer.storage.s3",),
}
"""Package -> the modules (and what is below them) that may import it; each is justified in docs/decisions/0001."""


def _modules() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for package, folder in SOURCES.items():
        for path in sorted((ROOT / folder / package).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


@cache
def imports(module: str) -> frozenset[str]:
    """Every dotted name that `module` imports, relative ones resolved; `from a import b` gives `a` and `a.b`."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, node.module] if node.module else above)
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return frozenset(found)


def reached_from(module: str) -> dict[str, str]:
    """Our modules that importing `module` may run -> the module that asked for each."""
    seen = {module: ""}
    queue = [module]
    while queue:
        current = queue.pop()
        for name in imports(current):
            parts = name.split(".")
            for end in range(1, len(parts) + 1):  # importing a.b.c runs a and a.b too
                part = ".".join(parts[:end])
                if part in MODULES and part not in seen:
                    seen[part] = current
                    queue.append(part)
    return seen


def path_to(module: str, reached: dict[str, str]) -> str:
    steps = [module]
    while reached[steps[-1]]:
        steps.append(reached[steps[-1]])
    return " <- ".join(steps)


def _broken_arrows() -> Iterator[str]:
    for module in MODULES:
        room = module.split(".")[0]
        for name in sorted(imports(module)):
            top = name.split(".")[0]
            if top in SOURCES:
                if top not in ROOMS[room]:
                    yield f"{module} imports {name}: {room} may not know {top}"
            elif top in FOLDERS:
                yield f"{module} imports {name} through the folder: it would be a second copy of the module"
            elif top not in sys.stdlib_module_names:
                allowed = THIRD_PARTY.get(top)
                if allowed is None:
                    yield f"{module} imports {name}: no decision allows {top}"
                elif not any(module == place or module.startswith(f"{place}.") for place in allowed):
                    yield f"{module} imports {name}: {top} belongs to {', '.join(allowed)}"


def test_every_room_has_modules() -> None:
    assert set(SOURCES) <= set(MODULES)


def test_imports_follow_the_arrows_between_rooms() -> None:
    assert list(_broken_arrows()) == []


def test_every_allowed_package_is_used_and_explained() -> None:
    used = {name.split(".")[0] for module in MODULES for name in imports(module)}
    assert sorted(set(THIRD_PARTY) - used) == []
    words = (ROOT / "docs" / "decisions" / "0001-dependencies.md").read_text(encoding="utf-8")
    assert sorted(name for name in THIRD_PARTY if f"`{name}`" not in words) == []


@pytest.mark.parametrize(
    ("module", "rooms"),
    [
        ("lcert_web.verifier", ("lcert_issuer", "lcert_keys")),
        ("lcert_verifier.command", ("lcert_issuer", "lcert_keys", "lcert_web")),
    ],
)
def test_what_judges_reaches_nothing_that_issues(module: str, rooms: tuple[str, ...]) -> None:
    reached = reached_from(module)
    assert [path_to(name, reached) for name in reached if name.split(".")[0] in rooms] == []


@pytest.mark.parametrize("module", ["lcert_web.public", "lcert_web.verifier"])
def test_the_public_apps_reach_no_private_key(module: str) -> None:
    reached = reached_from(module)
    closed = {"lcert_keys.file", "lcert_keys.open", "lcert_keys.passphrase", "lcert_keys.pkcs8"}
    assert [path_to(name, reached) for name in reached if name in closed] == []


def test_tests_do_not_import_through_the_folder() -> None:
    broken: list[str] = []
    for path in sorted([*(ROOT / "tests").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")]):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            broken += [f"{path.relative_to(ROOT)}: {name}" for name in names if name.split(".")[0] in FOLDERS]
    assert broken == []
