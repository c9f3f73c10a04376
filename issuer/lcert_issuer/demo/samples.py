"""The sample programme as data: who holds what, and what happened when. All names are fictional.

Dates are written for the anchor day `T0`; `story` moves them so that T0 becomes the day the demo is founded.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

__all__ = ["KEY_ROTATION", "SAMPLES", "T0", "Sample", "Step"]

T0: Final = date(2025, 6, 15)

KEY_ROTATION: Final = (date(2025, 1, 28), date(2025, 2, 10), date(2025, 2, 11))
"""When the second issuer key was staged and promoted, and the first one retired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened to a certificate. `form` is the issue form for the actions that take one."""

    on: date
    action: str
    form: Mapping[str, Any] | None = None
    through: date | None = None
    reason: str | None = None
    effective: str = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    number: str
    steps: tuple[Step, ...] = field(default=())


def _evidence(seed: str) -> list[dict[str, str]]:
    def digest(label: str) -> str:
        raw = hashlib.sha256(f"demo:{seed}:{label}".encode()).digest()
        return "sha256-" + urlsafe_b64encode(raw).rstrip(b"=").decode()

    return [
        {"id": "ev-1", "type": "submission", "digest": digest("submission"), "held": "issuer"},
        {"id": "ev-2", "type": "training-run-records", "digest": digest("runs"), "held": "holder"},
    ]


def _bases(
    licensed: int, open_: int, public: int, owned: int, **extra: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Shares in per cent, given as bands of five either side."""
    out: list[dict[str, Any]] = []
    codes = {"explicit-license": licensed, "open-license": open_, "public-domain": public, "owned": owned}
    for code, share in codes.items():
        if share:
            band = f"{max(share - 5, 0)}-{min(share + 5, 100)}"
            more = extra.get(code.replace("-", "_"), {})
            out.append({"basis": code, "share": band, "measure": "items", **more})
    return out


def _form(
    slug: str,
    legal_name: str,
    country: str,
    registration: tuple[str, str],
    *,
    level: str,
    statement: str,
    modalities: list[str],
    covered: list[dict[str, Any]],
    not_covered: list[dict[str, str]] | None = None,
    upstream: list[dict[str, str]] | None = None,
    data_basis: list[dict[str, Any]],
    granted: date,
    valid: tuple[date, date],
    assessed: date | None = None,
    trading: str | None = None,
    separation: str = "independent",
) -> dict[str, Any]:
    holder: dict[str, Any] = {
        "legalName": legal_name,
        "country": country,
        "registration": {"scheme": registration[0], "id": registration[1]},
        "domains": [
            {"name": f"{slug}.example", "method": "dns-txt", "checkedOn": granted - timedelta(days=9)}
        ],
    }
    if trading:
        holder["tradingNames"] = [trading]
    return {
        "holder": holder,
        "scope": {
            "level": level,
            "statement": statement,
            "modalities": modalities,
            "covered": covered,
            "notCovered": not_covered or [],
            "upstream": upstream or [],
        },
        "dataBasis": data_basis,
        "evidence": _evidence(slug),
        "assessment": {
            "criteria": "L-2026.1",
            "assessedOn": assessed or granted - timedelta(days=7),
            "grantedOn": granted,
        },
        "decision": {
            "reviewer": "rv-02",
            "decider": "dm-01" if separation == "independent" else "rv-02",
            "separation": separation,
        },
        "validFrom": valid[0],
        "validThrough": valid[1],
    }


def _product(kind: str, name: str, modality: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "modality": modality, "versions": ">=1", **more}


def _gap(name: str, function: str) -> dict[str, str]:
    return {"name": name, "function": function, "reason": "third-party-model"}


def _quillwater(granted: date, valid: tuple[date, date], versions: str) -> dict[str, Any]:
    return _form(
        "quillwater", "Quillwater Audio Ltd", "GB", ("GB-COH", "99000001"),
        trading="Quillwater", level="model", statement=f"Quillwater Compose {versions} (text-to-music)",
        modalities=["music"],
        covered=[
            _product(
                "model", "Quillwater Compose", "music",
                versions=">=3.0,<4" if versions == "3.x" else ">=2.0,<3",
                ids=[
                    {"type": "hf", "value": "quillwater/compose-3", "revision": "4f1c2d9"},
                    {"type": "url", "value": "https://quillwater.example/compose"},
                ],
                dataCutoff=granted - timedelta(days=120),
            )
        ],
        not_covered=[_gap("Prompt assistant", "text assistant for lyrics")],
        upstream=[{"name": "text encoder", "role": "pretrained-component", "basis": "assessed", "ref": "ev-2"}],
        data_basis=_bases(85, 0, 0, 15, explicit_license={"licensorTypes": ["record-label"]}),
        granted=granted, valid=valid,
    )  # fmt: skip


def _fernglass(granted: date, valid: tuple[date, date], *, extended: bool) -> dict[str, Any]:
    covered = [_product("product", "Fernglass Canvas", "image", versions=">=1,<3")]
    if extended:
        covered.append(_product("product", "Fernglass Retouch", "image", versions=">=1"))
    statement = (
        "All image generators of Fernglass"
        if not extended
        else "All image generators and retouching of Fernglass"
    )
    return _form(
        "fernglass", "Fernglass Imaging GmbH", "DE", ("DE-HRB", "HRB 990002"),
        level="company", statement=statement, modalities=["image"], covered=covered,
        data_basis=_bases(
            82, 6, 12, 0,
            explicit_license={"licensorTypes": ["stock-library"]}, open_license={"licenses": ["CC0-1.0"]},
        ),
        granted=granted, valid=valid,
    )  # fmt: skip


def _ostrobeat() -> dict[str, Any]:
    return _form(
        "ostrobeat", "Ostrobeat Oy", "FI", ("FI-YTJ", "9900006-1"),
        level="company", statement="Every music model of Ostrobeat", modalities=["music"],
        covered=[_product("product", "Ostrobeat Studio", "music")],
        data_basis=_bases(0, 0, 0, 100),
        granted=date(2024, 9, 24), valid=(date(2024, 10, 1), date(2025, 9, 30)), separation="same-person",
    )  # fmt: skip


def _marrowlight(*, reduced: bool) -> dict[str, Any]:
    covered = [_product("model", "Marrowlight Speak", "voice", versions=">=2,<3")]
    dropped = []
    if reduced:
        dropped = [
            {"name": "Marrowlight Clone", "function": "voice cloning", "reason": "withdrawn-by-holder"}
        ]
    else:
        covered.append(_product("model", "Marrowlight Clone", "voice", versions=">=1,<2"))
    return _form(
        "marrowlight", "Marrowlight Pvt Ltd", "IN", ("IN-MCA", "U99000KA2020PTC990007"),
        level="model", statement=f"Marrowlight Speak 2.x{'' if reduced else ' and Clone 1.x'} (text-to-speech)",
        modalities=["voice"], covered=covered, not_covered=dropped,
        data_basis=_bases(
            70, 10, 0, 20,
            explicit_license={"licensorTypes": ["voice-actors"]}, open_license={"licenses": ["CC-BY-4.0"]},
        ),
        granted=date(2025, 4, 28) if reduced else date(2025, 1, 24), valid=(date(2025, 2, 1), date(2026, 1, 31)),
    )  # fmt: skip


SAMPLES: Final[tuple[Sample, ...]] = (
    Sample(number="LC-2024-0001", steps=(
        Step(on=date(2024, 1, 12), action="issue",
             form=_quillwater(date(2024, 1, 12), (date(2024, 1, 17), date(2025, 1, 16)), "2.x")),
        Step(on=date(2024, 12, 20), action="renew", through=date(2026, 1, 16),
             form=_quillwater(date(2024, 12, 20), (date(2025, 1, 17), date(2026, 1, 16)), "3.x")),
    )),
    Sample(number="LC-2024-0002", steps=(
        Step(on=date(2024, 1, 29), action="issue",
             form=_fernglass(date(2024, 1, 29), (date(2024, 2, 3), date(2025, 2, 2)), extended=False)),
        Step(on=date(2025, 1, 20), action="renew", through=date(2026, 2, 2),
             form=_fernglass(date(2025, 1, 20), (date(2025, 2, 3), date(2026, 2, 2)), extended=False)),
        Step(on=date(2025, 4, 10), action="rescope",
             form=_fernglass(date(2025, 4, 10), (date(2025, 4, 10), date(2026, 2, 2)), extended=True)),
    )),
    Sample(number="LC-2024-0003", steps=(
        Step(on=date(2024, 8, 20), action="issue", form=_form(
            "nightjar", "Nightjar Voiceworks Inc", "US", ("US-DE", "9900003"),
            level="product", statement="Nightjar Narrator (audiobook voices)", modalities=["voice"],
            covered=[_product("product", "Nightjar Narrator", "voice", versions=">=4")],
            data_basis=_bases(60, 0, 0, 40, explicit_license={"licensorTypes": ["voice-actors", "publisher"]}),
            granted=date(2024, 8, 20), valid=(date(2024, 8, 25), date(2025, 8, 24)))),
        Step(on=date(2025, 5, 20), action="suspend", reason="undisclosed-change"),
    )),
    Sample(number="LC-2024-0004", steps=(
        Step(on=date(2024, 3, 26), action="issue", form=_form(
            "tallowpike", "Tallow & Pike LLC", "US", ("US-VT", "9900004"),
            level="model", statement="Tallow Pike Archive 7B (language model)", modalities=["text"],
            covered=[_product("model", "Archive 7B", "text", versions="==1.0", ids=[
                {"type": "hf", "value": "tallowpike/archive-7b", "revision": "a91b03e"}])],
            data_basis=_bases(0, 0, 100, 0, public_domain={"licenses": ["CC-PDM-1.0"]}),
            granted=date(2024, 3, 26), valid=(date(2024, 4, 1), date(2025, 3, 31)))),
    )),
    Sample(number="LC-2024-0005", steps=(
        Step(on=date(2024, 9, 5), action="issue", form=_form(
            "brackenfold", "Brackenfold SAS", "FR", ("FR-RCS", "990 000 005"),
            level="product", statement="Brackenfold Reel (text-to-video)", modalities=["video"],
            covered=[_product("product", "Brackenfold Reel", "video", versions=">=1,<2")],
            data_basis=_bases(90, 0, 0, 10, explicit_license={"licensorTypes": ["stock-library"]}),
            granted=date(2024, 9, 5), valid=(date(2024, 9, 10), date(2025, 9, 9)))),
        Step(on=date(2025, 3, 15), action="withdraw", reason="unlicensed-data", effective="ab-initio"),
    )),
    Sample(number="LC-2024-0006", steps=(
        Step(on=date(2024, 9, 24), action="issue", form=_ostrobeat()),
        Step(on=date(2024, 11, 1), action="suspend", reason="undisclosed-change"),
        Step(on=date(2024, 11, 29), action="reinstate", reason="remedied"),
        Step(on=date(2025, 2, 20), action="rekey"),
    )),
    Sample(number="LC-2025-0007", steps=(
        Step(on=date(2025, 1, 24), action="issue", form=_marrowlight(reduced=False)),
        Step(on=date(2025, 5, 1), action="rescope", form=_marrowlight(reduced=True)),
    )),
    Sample(number="LC-2025-0008", steps=(
        Step(on=date(2025, 1, 3), action="issue", form=_form(
            "pellucid", "Pellucid Type KK", "JP", ("JP-NTA", "9900000000008"), trading="Pellucid",
            level="model", statement="Pellucid Glyph (typeface generation)", modalities=["image"],
            covered=[_product("model", "Pellucid Glyph", "image", versions=">=1.2")],
            data_basis=_bases(0, 70, 0, 30, open_license={"licenses": ["OFL-1.1", "CC0-1.0"]}),
            granted=date(2025, 1, 3), valid=(date(2025, 1, 8), date(2025, 6, 27)))),
    )),
    Sample(number="LC-2025-0009", steps=(
        Step(on=date(2025, 6, 10), action="issue", form=_form(
            "hollowreed", "Hollowreed Foundation", "NL", ("NL-KVK", "99000009"),
            level="model", statement="Hollowreed Foley (sound effects)", modalities=["sfx"],
            covered=[_product("model", "Hollowreed Foley", "sfx", versions="==1.0")],
            data_basis=_bases(0, 55, 45, 0, open_license={"licenses": ["CC0-1.0"]},
                              public_domain={"licenses": ["CC-PDM-1.0"]}),
            granted=date(2025, 6, 10), valid=(date(2025, 6, 20), date(2026, 6, 19)))),
    )),
    Sample(number="LC-2025-0010", steps=(
        Step(on=date(2025, 3, 10), action="issue", form=_form(
            "copperfen", "Copperfen Games AB", "SE", ("SE-BOL", "990000-0010"),
            level="product", statement="Copperfen Worldbuilder (game music and art)", modalities=["music", "image"],
            covered=[_product("product", "Worldbuilder Scores", "music"),
                     _product("product", "Worldbuilder Vistas", "image")],
            not_covered=[_gap("Quest writer", "text generation")],
            data_basis=_bases(70, 0, 0, 30, explicit_license={"licensorTypes": ["record-label", "artists"]}),
            granted=date(2025, 3, 10), valid=(date(2025, 3, 15), date(2026, 3, 14)))),
    )),
    Sample(number="LC-2025-0011", steps=(
        Step(on=date(2025, 1, 15), action="issue", form=_form(
            "saltmeadow", "Saltmeadow Studios Ltd", "IE", ("IE-CRO", "990011"),
            level="product", statement="Saltmeadow Plates (matte painting)", modalities=["image"],
            covered=[_product("product", "Saltmeadow Plates", "image")],
            data_basis=_bases(40, 20, 20, 20, explicit_license={"licensorTypes": ["artists"]},
                              open_license={"licenses": ["CC-BY-4.0"]}, public_domain={"licenses": ["CC-PDM-1.0"]}),
            granted=date(2025, 1, 15), valid=(date(2025, 1, 20), date(2026, 1, 19)))),
        Step(on=date(2025, 4, 30), action="terminate", reason="holder-request"),
    )),
)  # fmt: skip
