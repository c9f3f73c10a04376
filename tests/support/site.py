"""A small programme issued, published and served by the installed programs, for other software to look at."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.forking import QuickHome, Starter
from tests.support.forms import form_file
from tests.support.programs import Home, fetch, serving

__all__ = ["Site", "publish_site"]

CONTEXTS = {
    "https://www.w3.org/ns/credentials/v2": "credentials-v2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "ob-v3p0-context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": "ob-v3p0-extensions.json",
}
"""Published context -> the copy that the openbadgeslib package carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A served issuer. `numbers` has its certificates: active, suspended, withdrawn, replaced (by edition 2)."""

    home: Home
    numbers: Mapping[str, str]

    @property
    def base_url(self) -> str:
        return self.home.base_url

    @property
    def did(self) -> str:
        return f"did:web:127.0.0.1%3A{self.home.public_port}"

    def get(self, path: str) -> bytes:
        reply = fetch(f"{self.base_url}{path}")
        assert reply.status == 200, f"{path}: {reply.status} {reply.text[:400]}"
        return reply.body

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def token(self, name: str, securing: str = "vc+jwt", *, edition: int | None = None) -> str:
        """The published token of an edition, by default the one in force."""
        record = self.json(f"/c/{self.numbers[name]}.json")
        wanted = edition or record["currentEdition"]
        (found,) = [each for each in record["editions"] if each["edition"] == wanted]
        return self.get(found["tokens"][securing].removeprefix(self.base_url)).decode("ascii")

    def contexts(self) -> dict[str, Any]:
        """Every JSON-LD context a credential names: three from openbadgeslib, ours from the site."""
        import openbadgeslib.ob3.contexts

        folder = Path(openbadgeslib.ob3.contexts.__file__).parent
        found = {url: json.loads((folder / name).read_bytes()) for url, name in CONTEXTS.items()}
        return {**found, f"{self.base_url}/contexts/l/v1": self.json("/contexts/l/v1")}


@contextlib.contextmanager
def publish_site(folder: Path, starter: Starter) -> Iterator[Site]:
    """Issues four certificates below `folder`, moves three of them on, and serves them until the block ends."""
    home = QuickHome(folder=folder / "var", starter=starter)
    home.init("Interop Programme")
    numbers: dict[str, str] = {}
    for name in ("active", "suspended", "withdrawn", "replaced"):
        numbers[name] = _done(home, "issue", str(_form(folder, name)))["number"]
    narrower = _form(folder, "replaced", scope__statement="Replaced Compose 3.2 only")
    _done(home, "suspend", numbers["suspended"], "--reason", "criteria-not-met")
    _done(home, "withdraw", numbers["withdrawn"], "--reason", "unlicensed-data")
    _done(home, "rescope", numbers["replaced"], str(narrower))
    _done(home, "publish")  # changes publish what they touch; this makes the offline bundle too
    with serving(["serve", "public"], env=home.env, ready=[f"{home.base_url}/readyz"]):
        yield Site(home=home, numbers=numbers)


def _form(folder: Path, name: str, **changes: Any) -> Path:
    """The issue form of a holder called `name`, on the domain `name.example`."""
    named = {"holder__legalName": f"{name.title()} Audio Ltd", "holder__domains__0__name": f"{name}.example"}
    return form_file(folder, f"{name}.json", **named, **changes)


def _done(home: Home, *args: str) -> dict[str, Any]:
    result = home.lcert(*args, "--json")
    assert result.code == 0, f"lcert {' '.join(args)}: {result.err}"
    assert result.object["published"] is True, result.object
    return result.object
