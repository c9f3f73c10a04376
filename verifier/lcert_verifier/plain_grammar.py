"""The pattern of a payload as issuers spell it: no white space, members in the order of `to_json`.

Every piece allows less than the rule it stands for in `reading`, `policy`, `vcdm` and `references`. Quantifiers are
possessive, so that a text that does not match costs one walk over it. The pieces rely on what `plain.match_plain` has
made sure of: no backslash, no control character, nothing in the text that a text for people cannot hold.
"""

from __future__ import annotations

import re
from typing import Final

from .vocabulary import (
    BASIS_CODES,
    BITSTRING_ENTRY,
    CONTEXT_OB,
    CONTEXT_OB_EXT,
    CONTEXT_PATH,
    CONTEXT_VC,
    CREDENTIAL_TYPE,
    MODALITIES,
    NUMBER_PATTERN,
    OB_SCHEMA,
    PROGRAMME,
    SUBJECT_TYPE,
    Securing,
)

__all__ = ["COVERED", "DOMAIN", "EVIDENCE_ID", "GROUND", "compile_payload"]

_MOST: Final = 40
"""Items of an array that are read here; a longer one is left to the rules themselves."""


def _text(name: str = "", most: int = 300) -> str:
    """A text for people: not empty, no space at its ends."""
    body = f'(?! )[^"]{{1,{most}}}+(?<! )'
    return f'"(?P<{name}>{body})"' if name else f'"{body}"'


def _maybe(member: str) -> str:
    return f"(?:{member})?+"


def _list(item: str) -> str:
    return rf"{item}(?:,{item}){{0,{_MOST}}}+"


def _word(words: tuple[str, ...]) -> str:
    return f'"(?:{"|".join(words)})"'


_ANY: Final = r'"[^"]*+"'
_URL: Final = r'"https?://[^\s"<>^`{|}]{1,1990}+"'
_CODE: Final = r'"[A-Za-z0-9][A-Za-z0-9._:+/-]{0,63}+"'
_DAY: Final = r"(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}"
_DIGEST: Final = r'"sha256-[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"'
_HOST: Final = r"(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)++[a-z][a-z0-9]*+"
"""A domain without A-labels, whose last label begins with a letter; its length is looked at elsewhere."""
_SECONDS: Final = r"(?:0|[1-9][0-9]{0,9}+)"
_SHARE: Final = r"(?:0|[1-9][0-9]{0,2}+)(?:-(?:0|[1-9][0-9]{0,2}+))?+"
_HF: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}+(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,95}+)?+"
_ID: Final = (
    rf'\{{"type":"(?:hf","value":"{_HF}|sha256","value":"[0-9a-f]{{64}}|'
    r'url","value":"https://[^\s"<>\\^`{|}]{1,2000}+)"' + _maybe(',"revision":' + _text()) + r"\}"
)


def _group(name: str) -> str:
    """How a group opens: named, numbered when the name is empty, or no group at all when it is `-`."""
    return "?:" if name == "-" else f"?P<{name}>" if name else ""


def _covered(kind: str = "-", versions: str = "-", modality: str = "-", cut_off: str = "-") -> str:
    return (
        rf'\{{"kind":"({_group(kind)}company|product|model)","name":{_text()}'
        + _maybe(rf',"versions":({_group(versions)}{_text()})')
        + rf',"modality":({_group(modality)}{_word(MODALITIES)})'
        + _maybe(rf',"dataCutoff":"({_group(cut_off)}{_DAY})"')
        + _maybe(rf',"ids":\[{_list(_ID)}\]')
        + r"\}"
    )


def _ground(share: str = "-", types: str = "-", licenses: str = "-") -> str:
    return (
        rf'\{{"basis":{_word(BASIS_CODES)}'
        + _maybe(rf',"share":"({_group(share)}{_SHARE})"')
        + _maybe(f',"measure":{_text()}')
        + _maybe(rf',"licensorTypes":\[({_group(types)}{_list(_CODE)})\]')
        + _maybe(rf',"licenses":\[({_group(licenses)}{_list(_text())})\]')
        + r"\}"
    )


def _domain(name: str = "-", checked: str = "-") -> str:
    return rf'\{{"name":"({_group(name)}{_HOST})","method":{_CODE},"checkedOn":"({_group(checked)}{_DAY})"\}}'


def _more(item: str, name: str) -> str:
    return rf"(?P<{name}>(?:,{item}){{0,{_MOST}}}+)"


COVERED: Final = re.compile(_covered("", "", "", ""))
"""Kind, versions, modality with its quotes, and cut-off of one thing covered."""
GROUND: Final = re.compile(_ground("", "", ""))
"""Share, licensor types and licences of one ground."""
DOMAIN: Final = re.compile(_domain("", ""))
EVIDENCE_ID: Final = re.compile(r'\{"id":"([^"]++)"')

_NOT_COVERED: Final = (
    rf'\{{"name":{_text()}' + _maybe(f',"function":{_text()}') + _maybe(f',"reason":{_text()}') + r"\}"
)
_UPSTREAM: Final = (
    rf'\{{"name":{_text()}'
    + _maybe(f',"role":{_CODE}')
    + _maybe(f',"basis":{_CODE}')
    + _maybe(f',"ref":{_text()}')
    + r"\}"
)
_EVIDENCE: Final = rf'\{{"id":{_CODE},"type":{_CODE},"digest":{_DIGEST},"held":{_text()}\}}'

_HEAD: Final = (
    rf'"@context":\["{re.escape(CONTEXT_VC)}","{re.escape(CONTEXT_OB)}","{re.escape(CONTEXT_OB_EXT)}",'
    rf'"(?P<base>https?://[^"/]++){re.escape(CONTEXT_PATH)}"\],'
    rf'"id":"(?P<id>(?P=base)/c/(?P<number>{NUMBER_PATTERN})/(?P<edition>[1-9][0-9]{{0,5}}+))",'
    rf'"type":\["VerifiableCredential","OpenBadgeCredential","{CREDENTIAL_TYPE}"\],'
    rf'"issuer":\{{"id":"(?P<did>[^"]++)","type":\["Profile"\],"name":{_text("issuer_name")},"url":{_ANY}\}},'
    rf'"name":{_ANY},"description":{_ANY},'
    r'"image":\{"id":"(?P=base)/badge/(?P=number)\.png","type":"Image"\},'
    rf'"awardedDate":"(?P<granted>{_DAY})T00:00:00Z",'
    rf'"validFrom":"(?P<first>{_DAY})T00:00:00Z","validUntil":"(?P<last>{_DAY})T23:59:59Z",'
)
_ACHIEVEMENT: Final = (
    rf'"achievement":\{{"id":{_URL},"type":\["Achievement"\],"achievementType":{_text()},'
    rf'"name":{_text(most=4096)},"description":{_text(most=4096)},'
    rf'"criteria":\{{"id":{_URL},"narrative":{_ANY}\}}\}},'
)
_CERTIFICATE: Final = (
    r'"certificate":\{"number":"(?P=number)","edition":(?P=edition)'
    + _maybe(r',"supersedes":"(?P=base)/c/(?P=number)/(?P<before>[1-9][0-9]{0,5}+)"')
    + rf',"programme":"{PROGRAMME}","criteria":"L-[0-9]{{4}}\.[0-9]{{1,4}}+","criteriaDigest":{_DIGEST},'
    rf'"assessedOn":"(?P<assessed>{_DAY})","grantedOn":"(?P=granted)","firstGrantedOn":"(?P<first_granted>{_DAY})",'
    r'"validFrom":"(?P=first)","validThrough":"(?P=last)"\},'
)
_HOLDER: Final = (
    rf'"holder":\{{"legalName":{_text("holder")}'
    + _maybe(rf',"tradingNames":\[(?P<trading_names>{_list(_text())})\]')
    + rf',"country":"(?P<country>[A-Z]{{2}})","registration":\{{"scheme":{_text()},"id":{_text()}\}}'
    + _maybe(r',"lei":"(?P<lei>[0-9A-Z]{18}[0-9]{2})"')
    + rf',"domains":\[\{{"name":"(?P=domain)","method":{_CODE},"checkedOn":"(?P<checked>{_DAY})"\}}'
    + _more(_domain(), "more_domains")
    + r"\]\},"
)
_SCOPE: Final = (
    rf'"scope":\{{"level":"(?P<level>company|product|model)","statement":{_text("statement")},'
    rf'"modalities":\[(?P<modalities>{_list(_word(MODALITIES))})\],'
    rf'"covered":\[{_covered("kind", "versions", "modality", "cut_off")}{_more(_covered(), "more_covered")}\],'
    rf'"notCovered":\[(?P<not_covered>{_maybe(_list(_NOT_COVERED))})\],"upstream":\[{_maybe(_list(_UPSTREAM))}\]\}},'
)
_GROUNDS: Final = (
    rf'"dataBasis":\[{_ground("share", "types", "licenses")}{_more(_ground(), "more_grounds")}\],'
    rf'"evidence":\[(?P<evidence>{_EVIDENCE}{_more(_EVIDENCE, "more_evidence")})\],'
    rf'"decision":\{{"reviewer":(?P<reviewer>{_CODE}),"decider":(?P<decider>{_CODE}),'
    r'"separation":"(?P<separation>independent|same-person)"\}'
)
_SUBJECT: Final = (
    rf'"credentialSubject":\{{"id":"https://(?P<domain>{_HOST})/","type":\["AchievementSubject","{SUBJECT_TYPE}"\],'
    + _ACHIEVEMENT
    + _CERTIFICATE
    + _HOLDER
    + _SCOPE
    + _GROUNDS
    + r"\},"
)


def _entry(purpose: str, place: str, index: str) -> str:
    uri = f"(?P=base)/status/bitstring/{purpose}/"
    return (
        rf'\{{"id":"{uri}{place}#{index}","type":"{BITSTRING_ENTRY}","statusPurpose":"{purpose}",'
        rf'"statusListIndex":"(?P=index)","statusListCredential":"{uri}(?P=list)"\}}'
    )


_REVOCATION: Final = _entry("revocation", "(?P<list>[1-9][0-9]{0,5}+)", "(?P<index>0|[1-9][0-9]{0,5}+)")
_SUSPENSION: Final = _entry("suspension", "(?P=list)", "(?P=index)")
_TAIL: Final = (
    r'"termsOfUse":\[\{"id":"(?P=base)/terms/badge","type":"LBadgeTerms"\}\],'
    r'"status":\{"status_list":\{"idx":(?P=index),"uri":"(?P=base)/status/token/(?P=list)"\}\}'
)
_REGISTERED: Final = (
    r'"iss":"(?P<iss>[^"]++)","sub":"(?P<sub>[^"]++)","jti":"(?P<jti>[^"]++)",'
    rf'"nbf":(?P<nbf>{_SECONDS}),"exp":(?P<exp>{_SECONDS}),"iat":(?P<iat>{_SECONDS}),'
)
_SCHEMA: Final = (
    rf'"credentialSchema":\[\{{"id":"{re.escape(OB_SCHEMA)}","type":"1EdTechJsonSchemaValidator2019"\}}\]'
)


def compile_payload(securing: Securing) -> re.Pattern[str]:
    """The pattern of a whole payload of one of the two full securings; it takes some 20 ms."""
    if securing is Securing.VC_JWT:
        status = rf'"credentialStatus":\[{_REVOCATION},{_SUSPENSION}\],'
        return re.compile(rf'\{{{_HEAD}{_SUBJECT}{status}{_TAIL},"iat":(?P<iat>{_SECONDS})\}}')
    status = rf'"credentialStatus":{_REVOCATION},'
    return re.compile(rf"\{{{_REGISTERED}{_HEAD}{_SUBJECT}{status}{_TAIL},{_SCHEMA}\}}")
