"""What must not pass: a forged token, a superseded edition, and a page that shows another company's badge."""

from __future__ import annotations

from html import escape
from pathlib import Path

from lcert_keys import LocalSigner
from lcert_verifier.jose import b64u_encode, split
from lcert_verifier.published import token_path
from lcert_verifier.vocabulary import Securing

from ..assembly import House
from ..badge.snippets import html_snippet
from .samples import SAMPLES

__all__ = ["COPYCAT", "FORGED", "FORGED_NUMBER", "SUPERSEDED_NUMBER", "forge", "write_frauds"]

COPYCAT = "grimsbybeats.example"
FORGED_NUMBER = "LC-2024-0002"
SUPERSEDED_NUMBER = "LC-2025-0007"
FORGED = f"forged-{FORGED_NUMBER}.jwt"


def forge(token: str) -> str:
    """The same header and payload under a signature of somebody else's key."""
    signing_input = token.rpartition(".")[0]
    split(token)  # a forgery of something that is no token proves nothing
    return f"{signing_input}.{b64u_encode(LocalSigner.generate().sign(signing_input.encode('ascii')))}"


def write_frauds(house: House, folder: Path) -> None:
    """Every sample's baked badge and token as they are published, and beside them the frauds."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        for path, suffix in (
            (f"badge/{sample.number}/baked.png", "png"),
            (f"badge/{sample.number}/baked.svg", "svg"),
            (token_path(sample.number), "jwt"),
        ):
            data = house.storage.get(path)
            assert data is not None, "the samples are published before they are given away"
            (folder / f"{sample.number}.{suffix}").write_bytes(data)
    genuine = house.token(FORGED_NUMBER, securing=Securing.VC_JWT)
    (folder / FORGED).write_text(forge(genuine), encoding="ascii")
    old = house.token(SUPERSEDED_NUMBER, securing=Securing.VC_JWT, edition=1)
    (folder / f"superseded-{SUPERSEDED_NUMBER}.jwt").write_text(old, encoding="ascii")
    (folder / f"{COPYCAT}.html").write_text(_copycat_page(house), encoding="utf-8")


def _copycat_page(house: House) -> str:
    """A shop that pasted the snippet of LC-2024-0001: the badge itself names the domain it is licensed for."""
    number = SAMPLES[0].number
    record = house.record(number)
    face = house.face(record, house.token(number, securing=Securing.VC_JWT))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(COPYCAT)}</title><h1>Grimsby Beats</h1>"
        "<p>Fresh loops, made by our own model.</p>"
        f"{html_snippet(face, house.base_url)}</html>\n"
    )
