"""The rules of the claim set, part by part: used by the verifier on tokens and by the issuer on what it is asked to
issue, so that both mean the same. Every function reads a `Fields` and returns a part (`parts`).
"""

from __future__ import annotations

import re
from typing import Final

from .countries import COUNTRIES
from .fields import Fields
from .identity import is_domain
from .parts import (
    Covered,
    DataBasis,
    Decision,
    Domain,
    Evidence,
    Holder,
    Identifier,
    NotCovered,
    Registration,
    Scope,
    Upstream,
)
from .vocabulary import BASIS_CODES, MODALITIES

__all__ = [
    "Fields",
    "Reader",
    "is_lei",
    "is_spdx",
    "parse_data_basis",
    "parse_decision",
    "parse_evidence",
    "parse_holder",
    "parse_scope",
]

Reader = Fields

KINDS_OF_LEVEL: Final = {
    "company": frozenset({"company", "product", "model"}),
    "product": frozenset({"product", "model"}),
    "model": frozenset({"model"}),
}
"""What a certificate of a level may list as covered: the level itself and what is narrower."""

_MODALITIES: Final = frozenset(MODALITIES)
_BASIS_CODES: Final = frozenset(BASIS_CODES)
_SEPARATIONS: Final = frozenset({"independent", "same-person"})
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/-]{0,63}")
_LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_AS_DIGITS: Final = {ord(char): str(int(char, 36)) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_SHARE: Final = re.compile(r"(0|[1-9][0-9]{0,2})(?:-(0|[1-9][0-9]{0,2}))?")
DIGEST: Final = re.compile(r"sha256-[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_IDENTIFIERS: Final = {
    "hf": (
        re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?"),
        "a Hugging Face id",
    ),
    "sha256": (re.compile(r"[0-9a-f]{64}"), "64 lower-case hexadecimal digits"),
    "url": (re.compile(r"https://[^\s\"<>\\^`{|}]{1,2000}"), "an https URL"),
}
_SPDX_TOKEN: Final = re.compile(r"\s*(\(|\)|(?:DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9][A-Za-z0-9.-]*\+?)")


def is_lei(value: str) -> bool:
    """True for a Legal Entity Identifier with a right checksum (ISO 17442, ISO 7064 MOD 97-10)."""
    return _LEI.fullmatch(value) is not None and int(value.translate(_AS_DIGITS)) % 97 == 1


def is_spdx(value: str) -> bool:
    """True for the form of an SPDX licence expression; names are not looked up, as `LicenseRef-*` are free."""
    depth, operand, position = 0, True, 0  # `operand`: a licence or an opening bracket must come next
    while position < len(value):
        match = _SPDX_TOKEN.match(value, position)
        if match is None:
            return False
        position, part = match.end(), match.group(1)
        if part == "(":
            if not operand:
                return False
            depth += 1
        elif part == ")":
            depth -= 1
            if operand or depth < 0:
                return False
        elif part in ("AND", "OR", "WITH"):
            if operand:
                return False
            operand = True
        elif operand:
            operand = False
        else:
            return False
    return depth == 0 and not operand


def parse_holder(fields: Fields) -> Holder:
    """Who holds the certificate: legal name, country, register entry, checked domains."""
    fields.only(("legalName", "tradingNames", "country", "registration", "lei", "domains"))
    registration = fields.object("registration")
    registration.only(("scheme", "id"))
    lei = fields.raw.get("lei")
    if "lei" in fields and not (type(lei) is str and is_lei(lei)):
        fields.fail("lei", "is not a Legal Entity Identifier with a right checksum")
    domains = tuple(_domain(item) for item in fields.objects("domains", least=1))
    if len({domain.name for domain in domains}) != len(domains):
        fields.fail("domains", "names a domain twice")
    country = fields.raw.get("country")
    if type(country) is not str or country not in COUNTRIES:
        fields.fail(
            "country", "is missing" if country is None else "must be an ISO 3166-1 alpha-2 code such as GB"
        )
        country = ""
    return Holder(
        legal_name=fields.text("legalName"),
        trading_names=fields.texts("tradingNames") if "tradingNames" in fields else (),
        country=country,
        registration=Registration(scheme=registration.text("scheme"), id=registration.text("id")),
        lei=lei if type(lei) is str else None,
        domains=domains,
    )


def _domain(fields: Fields) -> Domain:
    fields.only(("name", "method", "checkedOn"))
    name = fields.text("name")
    if name and not is_domain(name):
        fields.fail("name", "must be a domain name in lower case, international ones as A-labels (xn--...)")
    return Domain(
        name=name,
        method=fields.pattern("method", _CODE, "a short code such as dns-txt"),
        checked_on=fields.date("checkedOn"),
    )


def parse_scope(fields: Fields) -> Scope:
    """What is certified, what is not, and what it was built on."""
    fields.only(("level", "statement", "modalities", "covered", "notCovered", "upstream"))
    level = fields.word("level", KINDS_OF_LEVEL)
    modalities = fields.words("modalities", _MODALITIES, least=1)
    covered = tuple(_covered(item, level, modalities) for item in fields.objects("covered", least=1))
    not_covered = tuple(_not_covered(item) for item in fields.objects("notCovered"))
    if level == "company" and not_covered:
        fields.fail(
            "notCovered", "must be empty, because a company-level certificate covers the whole company"
        )
    return Scope(
        level=level,
        statement=fields.text("statement"),
        modalities=modalities,
        covered=covered,
        not_covered=not_covered,
        upstream=tuple(_upstream(item) for item in fields.objects("upstream")),
    )


def _covered(fields: Fields, level: str, modalities: tuple[str, ...]) -> Covered:
    fields.only(("kind", "name", "versions", "modality", "dataCutoff", "ids"))
    kind = fields.word("kind", KINDS_OF_LEVEL["company"])
    if kind and level and kind not in KINDS_OF_LEVEL[level]:
        fields.fail("kind", f"is {kind}, which a {level}-level certificate does not cover")
    modality = fields.word("modality", _MODALITIES)
    if modality and modalities and modality not in modalities:
        fields.fail("modality", "is not among the scope's modalities")
    return Covered(
        kind=kind,
        name=fields.text("name"),
        versions=fields.maybe_text("versions") if kind == "company" else fields.text("versions"),
        modality=modality,
        data_cutoff=fields.maybe_date("dataCutoff"),
        ids=tuple(_identifier(item) for item in fields.objects("ids")) if "ids" in fields else (),
    )


def _identifier(fields: Fields) -> Identifier:
    fields.only(("type", "value", "revision"))
    kind = fields.pattern("type", _CODE, "a short code such as hf, sha256 or url")
    value = fields.text("value", 2_048)
    rule = _IDENTIFIERS.get(kind)
    if rule is not None and value and not rule[0].fullmatch(value):
        fields.fail("value", f"must be {rule[1]}")
    return Identifier(type=kind, value=value, revision=fields.maybe_text("revision"))


def _not_covered(fields: Fields) -> NotCovered:
    fields.only(("name", "function", "reason"))
    return NotCovered(
        name=fields.text("name"), function=fields.maybe_text("function"), reason=fields.maybe_text("reason")
    )


def _upstream(fields: Fields) -> Upstream:
    fields.only(("name", "role", "basis", "ref"))
    return Upstream(
        name=fields.text("name"),
        role=fields.maybe_pattern("role", _CODE, "a short code such as base-model"),
        basis=fields.maybe_pattern("basis", _CODE, "a short code such as assessed"),
        ref=fields.maybe_text("ref"),
    )


def parse_data_basis(fields: Fields, name: str = "dataBasis") -> tuple[DataBasis, ...]:
    """The member `name` of `fields`: on what grounds the data may be used, with shares that can add up to 100 %."""
    items = fields.objects(name, least=1)
    parts = tuple(_basis(item) for item in items)
    bands = [_band(part.share) for part in parts]
    if parts and not sum(low for low, _ in bands) <= 100 <= sum(high for _, high in bands):
        fields.fail(name, "has shares that cannot add up to 100 %")
    return parts


def _band(share: str | None) -> tuple[int, int]:
    match = _SHARE.fullmatch(share) if share else None
    if match is None:
        return 0, 100
    low, high = match.groups()
    return int(low), int(high or low)


def _basis(fields: Fields) -> DataBasis:
    fields.only(("basis", "share", "measure", "licensorTypes", "licenses"))
    share = fields.maybe_pattern("share", _SHARE, "a band such as 80-90")
    low, high = _band(share)
    if low > high or high > 100:
        fields.fail("share", "must be a band of per cents from low to high")
        share = None
    licenses = fields.texts("licenses") if "licenses" in fields else ()
    for index, item in enumerate(licenses):
        if not is_spdx(item):
            fields.fail(f"licenses[{index}]", "must be an SPDX licence expression")
    return DataBasis(
        basis=fields.word("basis", _BASIS_CODES),
        share=share,
        measure=fields.maybe_text("measure"),
        licensor_types=fields.texts("licensorTypes", pattern=_CODE) if "licensorTypes" in fields else (),
        licenses=licenses,
    )


def parse_evidence(fields: Fields, name: str = "evidence") -> tuple[Evidence, ...]:
    """The member `name` of `fields`: salted digests of what was looked at."""
    parts = []
    for item in fields.objects(name, least=1):
        item.only(("id", "type", "digest", "held"))
        parts.append(
            Evidence(
                id=item.pattern("id", _CODE, "a short id such as ev-1"),
                type=item.pattern("type", _CODE, "a short code such as submission"),
                digest=item.pattern("digest", DIGEST, "sha256- and 43 characters of base64url"),
                held=item.text("held"),
            )
        )
    if len({part.id for part in parts}) != len(parts):
        fields.fail(name, "uses an id twice")
    return tuple(parts)


def parse_decision(fields: Fields) -> Decision:
    """Who reviewed and who decided, by role ids, and whether they were two people."""
    fields.only(("reviewer", "decider", "separation"))
    decision = Decision(
        reviewer=fields.pattern("reviewer", _CODE, "a role id such as rv-02"),
        decider=fields.pattern("decider", _CODE, "a role id such as dm-01"),
        separation=fields.word("separation", _SEPARATIONS),
    )
    if decision.reviewer and decision.reviewer == decision.decider and decision.separation == "independent":
        fields.fail("separation", "must be same-person when reviewer and decider are the same")
    return decision
