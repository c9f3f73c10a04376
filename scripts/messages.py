"""Keeps the catalogues of `lcert_issuer.language` in step with the code: `python -m scripts.messages [--check]`.

Reads every `_()`, `gettext`, `ngettext`, `pgettext`, `npgettext`, `N_` and, in templates, `{% trans %}`; adds new
messages to each `lcert.po` with an empty translation, takes out those no longer used, and compiles `lcert.mo`.
Lists what is left to translate; with `--check` it writes nothing and ends with 1 if anything is.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from lcert_issuer.language import DEFAULT, LANGUAGES

__all__ = ["collect", "compiled", "main", "problems", "read", "updated", "written"]

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (ROOT / "issuer" / "lcert_issuer", ROOT / "web" / "lcert_web")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
OPTIONS = {"jinja2": {"trimmed": "true", "silent": "false", "encoding": "utf-8"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}
HEADER = {"Project-Id-Version", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Plural-Forms"}


def path_of(code: str) -> Path:
    return ROOT / "issuer/lcert_issuer/language/locale" / code / "LC_MESSAGES" / "lcert.po"


def collect() -> Catalog:
    """Every message of the code, with the file it stands in."""
    catalog = Catalog(charset="utf-8")
    for source in SOURCES:
        found = extract_from_dir(
            source,
            method_map=METHODS,
            options_map={"**/templates/**.html": OPTIONS["jinja2"], "**/templates/**.txt": OPTIONS["jinja2"]},
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for name, _, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
            place = (source / name).relative_to(ROOT).as_posix()
            catalog.add(message, locations=[(place, None)], auto_comments=comments, context=context)
    for message in catalog:
        message.locations = sorted(set(message.locations))
    return catalog


def read(code: str) -> Catalog:
    with path_of(code).open("rb") as file:
        return read_po(file, locale=code)


def updated(code: str, template: Catalog) -> Catalog:
    """The catalogue of a language with exactly the template's messages, in its order."""
    old = read(code) if path_of(code).exists() else Catalog(locale=code)
    new = Catalog(
        locale=code, project="lcert", version="1", charset="utf-8", header_comment=old.header_comment
    )
    for message in template:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        if known is None and isinstance(message.id, tuple):
            known = old.get(message.id[0], message.context)
        translated = known.string if known is not None and not known.fuzzy else ""
        flags = {flag for flag in message.flags if flag != "fuzzy"}
        new.add(
            message.id,
            translated,
            locations=message.locations,
            flags=flags,
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known is not None else (),
            context=message.context,
        )
    new.fuzzy = False
    return new


def written(catalog: Catalog) -> bytes:
    """The `.po` file without dates, names and line numbers, so that it changes only when its texts do."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, include_lineno=False, omit_header=False)
    kept: list[str] = []
    for line in out.getvalue().decode("utf-8").splitlines():
        name = line[1:].partition(":")[0] if line.startswith('"') and line.endswith('\\n"') else ""
        if name and name[0].isupper() and "-" in name and " " not in name and name not in HEADER:
            continue
        kept.append(line)
    return ("\n".join(kept).rstrip("\n") + "\n").encode("utf-8")


class _Timeless(Catalog):
    """A catalogue whose header says only what programs need: no dates, no version of the tool that wrote it."""

    mime_headers = property(
        lambda self: [("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", self.plural_forms)]
    )


def compiled(po: bytes, code: str) -> bytes:
    """The `.mo` file of a `.po` file."""
    catalog, out = _Timeless(locale=code, charset="utf-8", fuzzy=False), io.BytesIO()
    for message in read_po(io.BytesIO(po), locale=code):
        if message.id:
            catalog.add(message.id, message.string, context=message.context)
    write_mo(out, catalog)
    return out.getvalue()


def problems(code: str, catalog: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue: texts without translation, and placeholders that differ."""
    for message in catalog:
        if not message.id:
            continue
        name = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        if not all(forms) or (isinstance(message.id, tuple) and len(forms) != catalog.num_plurals):
            yield f"{code}: not translated: {name!r}"
            continue
        yield from (f"{code}: {name!r}: {error}" for error in message.check(catalog))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; 1 if a catalogue is not complete"
    )
    check = parser.parse_args().check
    template, found = collect(), list[str]()
    for code in LANGUAGES:
        if code == DEFAULT.code:
            continue
        catalog = updated(code, template)
        found += problems(code, catalog)
        po, path = written(catalog), path_of(code)
        mo = compiled(po, code)
        for file, data in ((path, po), (path.with_suffix(".mo"), mo)):
            if file.exists() and file.read_bytes() == data:
                continue
            if check:
                found.append(f"{file.relative_to(ROOT)} is out of date: run python -m scripts.messages")
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    print("\n".join(found) or f"{len(template) - 1} messages, all translated")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
