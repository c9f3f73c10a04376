"""Issue forms for tests: the documented form with dates around today, changed where a test needs it."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

__all__ = ["form", "form_file"]


def form(today: date | None = None, **changes: Any) -> dict[str, Any]:
    """A whole, valid issue form that begins on `today`. `changes` replace members: `a__b=...` reaches into `a`."""
    day = today or datetime.now(UTC).date()
    body: dict[str, Any] = {
        "holder": {
            "legalName": "Quillwater Audio Ltd",
            "tradingNames": ["Quillwater"],
            "country": "GB",
            "registration": {"scheme": "GB-COH", "id": "99000001"},
            "lei": "999900QUILLWATER0155",
            "domains": [
                {
                    "name": "quillwater.example",
                    "method": "dns-txt",
                    "checkedOn": _iso(day - timedelta(days=18)),
                }
            ],
        },
        "scope": {
            "level": "model",
            "statement": "Quillwater Compose 3.x (text-to-music)",
            "modalities": ["music"],
            "covered": [
                {
                    "kind": "model",
                    "name": "Quillwater Compose",
                    "versions": ">=3.0,<4",
                    "modality": "music",
                    "dataCutoff": _iso(day - timedelta(days=120)),
                    "ids": [
                        {"type": "hf", "value": "quillwater/compose-3", "revision": "4f1c2d9"},
                        {"type": "url", "value": "https://quillwater.example/compose"},
                    ],
                }
            ],
            "notCovered": [{"name": "Prompt assistant", "function": "lyrics", "reason": "third-party-model"}],
            "upstream": [
                {"name": "text encoder", "role": "pretrained-component", "basis": "assessed", "ref": "ev-2"}
            ],
        },
        "dataBasis": [
            {
                "basis": "explicit-license",
                "share": "80-90",
                "measure": "hours",
                "licensorTypes": ["record-label"],
            },
            {"basis": "owned", "share": "10-20", "measure": "hours"},
        ],
        "evidence": [
            {
                "id": "ev-1",
                "type": "submission",
                "digest": "sha256-n12ZONCDvTS92YvtwVjis_zxtgR_OBwd1KwXRmqcmcw",
                "held": "issuer",
            },
            {
                "id": "ev-2",
                "type": "upstream-assessment",
                "digest": "sha256-WThj_1hduncZxWNx77mz4rVIhCq1_4cUdUB9pymjtbc",
                "held": "issuer",
            },
        ],
        "assessment": {
            "criteria": "L-2026.1",
            "assessedOn": _iso(day - timedelta(days=11)),
            "grantedOn": _iso(day - timedelta(days=4)),
        },
        "decision": {"reviewer": "rv-02", "decider": "dm-01", "separation": "independent"},
        "validFrom": _iso(day),
        "validThrough": _iso(day + timedelta(days=364)),
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        target: Any = body
        for part in parents:
            target = target[int(part)] if part.isdigit() else target[part]
        target[int(last) if last.isdigit() else last] = copy.deepcopy(value)
    return body


def form_file(folder: Path, name: str = "certificate.json", **changes: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(form(**changes)), encoding="utf-8")
    return path


def _iso(day: date) -> str:
    return day.isoformat()
