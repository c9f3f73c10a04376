"""What the documentation site is made of beside docs/: the pages at the root of the repository, and the API reference.

MkDocs calls these (https://www.mkdocs.org/user-guide/configuration/#hooks). The reference has a page for each module
with a public name; links that lead out of docs/ lead to the copies made here. A built page that would load anything
from another host stops the build.
"""

from __future__ import annotations

import ast
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("verifier/lcert_verifier", "keys/lcert_keys", "issuer/lcert_issuer", "web/lcert_web")
COPIES = {
    "README.md": "index.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "bench/README.md": "bench.md",
}
"""File of the repository -> page of the site."""
TITLES = {"verifier": "Verifier", "keys": "Keys", "issuer": "Issuer", "web": "Web"}
LINK = re.compile(r"(?<=\]\()([^)\s#]+)|(?<=src=\")([^\"]+)(?=\")")
OUTSIDE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^>]*>")


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages that are not in docs/."""
    for source, page in COPIES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        here, there = posixpath.dirname(source) or ".", posixpath.dirname(page) or "."
        files.append(File.generated(config, page, content=_moved(text, here, there)))
    files.append(File.generated(config, "examples.md", content=_examples()))
    reference: list[dict[str, Any]] = []
    for room in ROOMS:
        pages = []
        for module in _modules(ROOT / room):
            page = f"reference/{module}.md"
            files.append(File.generated(config, page, content=f"# {module}\n\n::: {module}\n"))
            pages.append({module: page})
        reference.append({TITLES[room.split("/")[0]]: pages})
    decisions = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    tutorials = sorted(path.name for path in (ROOT / "docs" / "tutorials").glob("*.md"))
    config["nav"] = [
        {"Start": "index.md"},
        {"Tutorials": [f"tutorials/{name}" for name in tutorials]},
        {"For partners": "partners.md"},
        {"HTTP API": "api.md"},
        {
            "Operations": [
                "operations.md",
                *_others(),
                "security.md",
                "changelog.md",
                "bench.md",
                "examples.md",
            ]
        },
        {"Design": ["architecture.md", *(f"decisions/{name}" for name in decisions)]},
        {"Reference": reference},
    ]
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links out of docs/ lead to the copies."""
    if page.file.src_uri in COPIES.values() or page.file.src_uri.startswith("reference/"):
        return markdown
    folder = posixpath.dirname(page.file.src_uri)
    return _moved(markdown, posixpath.join("docs", folder), folder or ".")


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Nothing on the site is loaded from elsewhere."""
    if found := OUTSIDE.search(output):
        raise PluginError(f"{page.file.src_uri} would load {found[0]}")
    return output


def _moved(text: str, source: str, target: str) -> str:
    """`text` of a file in folder `source` of the repository, for a page in folder `target` of the site."""

    def replace(match: re.Match[str]) -> str:
        link = match[0]
        if re.match(r"[a-z]+:", link):
            return link
        path = posixpath.normpath(posixpath.join(source, link))
        if path in COPIES:
            page = COPIES[path]
        elif path.startswith("examples"):
            page = "examples.md"
        elif path.startswith("docs/"):
            page = path.removeprefix("docs/")
            if not posixpath.splitext(page)[1]:
                page = posixpath.join(page, sorted(p.name for p in (ROOT / path).glob("*.md"))[0])
        elif path == "docs":
            page = "architecture.md"
        else:
            return link
        return posixpath.relpath(page, target)

    return LINK.sub(replace, text)


def _others() -> list[str]:
    """Pages directly in docs/ that the navigation does not name."""
    named = {"partners.md", "api.md", "operations.md", "architecture.md"}
    return sorted(path.name for path in (ROOT / "docs").glob("*.md") if path.name not in named)


def _examples() -> str:
    """The files of examples/, each in full."""
    languages = {".py": "python", ".sh": "sh", ".toml": "toml", ".yml": "yaml", ".html": "html"}
    parts = ["# Examples\n\nFrom `examples/` in the repository."]
    for path in sorted((ROOT / "examples").rglob("*")):
        if path.suffix in languages:
            body = path.read_text(encoding="utf-8").rstrip()
            parts.append(
                f"## {path.relative_to(ROOT / 'examples')}\n\n```{languages[path.suffix]}\n{body}\n```"
            )
    return "\n\n".join(parts) + "\n"


def _modules(folder: Path) -> list[str]:
    """Dotted names of the modules with a docstring and a public name, packages first."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        public = any(
            isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
            for node in tree.body
        )
        if ast.get_docstring(tree) is None or not (public or path.name == "__init__.py"):
            continue
        parts = path.relative_to(folder.parent).with_suffix("").parts
        found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(found)
