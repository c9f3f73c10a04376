"""`/v1/certificates`: every certificate by what it says, one by its number, now or as of an instant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from lcert_verifier.entries import Found, read_entry
from lcert_verifier.errors import LcertError
from lcert_verifier.lookup import STATES
from lcert_verifier.report import format_time
from lcert_verifier.then import record_then
from lcert_verifier.vocabulary import BASIS_CODES, MODALITIES, NUMBER_PATTERN

from ..asking import Question, question_from
from ..caching import cache_for
from ..problems import Kind, Problem
from ..security import allow_any_origin
from ..shelf import Shelf, parse_number
from .asked import only, split_version
from .cursors import MAX_CURSOR
from .operations import JSON, Answer, Operation, Parameter, describe, query, ref
from .published import contents_of
from .reading import RegistryReader
from .schemas import time_parameters
from .searching import Search, search_certificates

__all__ = ["certificate_api"]

_FRESH: Final = 15
_USUAL: Final = 50
_MOST: Final = 200
_LONGEST: Final = 300

_FILTERS: Final = (
    query("holder", "Part of a legal or trading name, in any case", maxLength=_LONGEST, example="quillwater"),
    query("domain", "A host that the badge may stand on", maxLength=_LONGEST, example="quillwater.example"),
    query("lei", "The holder's LEI", maxLength=_LONGEST),
    query(
        "registration",
        "An id in a company register, with or without its scheme",
        maxLength=_LONGEST,
        example="GB-COH 99000001",
    ),
    query(
        "hf",
        "A Hugging Face id that the scope names, optionally `@` and a revision: a tag or a commit",
        maxLength=_LONGEST,
        example="quillwater/compose-3",
    ),
    query("sha256", "The digest of a model file that the scope names", maxLength=_LONGEST),
    query("url", "The address of a model or product that the scope names", maxLength=_LONGEST),
)
_COVERS: Final = query(
    "covers",
    "A name, optionally `@` and a version. Each answer then has its `coverage`, also those that say no.",
    maxLength=_LONGEST,
    example="Quillwater Compose@3.1",
)
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "state": STATES,
    "modality": MODALITIES,
    "basis": BASIS_CODES,
}
_PAGING: Final = (
    query("cursor", "The `next` of the page before, with the same filters", maxLength=MAX_CURSOR),
    Parameter(
        name="limit",
        place="query",
        schema={"type": "integer", "minimum": 1, "maximum": _MOST, "default": _USUAL},
        description="Certificates a page, at most; a page may hold fewer and still have a next one",
    ),
)
_LIST: Final = Operation(
    name="listCertificates",
    summary="Certificates in every state",
    tag="Certificates",
    description=(
        "All filters must fit. The list is in the order of numbers, so that new certificates come last. It is read "
        "from the register; everything else on this site is read from what was published, up to 5 seconds later."
    ),
    parameters=(
        query("state", "As of `at`", enum=list(STATES)),
        query("modality", "One that the scope has", enum=list(MODALITIES)),
        query("basis", "A legal basis that the training data has", enum=list(BASIS_CODES)),
        *_FILTERS,
        _COVERS,
        *time_parameters("The certificates"),
        *_PAGING,
    ),
    answers={
        200: Answer(
            description="A page of certificates",
            content={JSON: ref("CertificatePage")},
            headers={"Link": 'The address of the next page, with `rel="next"`'},
        )
    },
    problems=(400, 503),
    limited=True,
)
_ONE: Final = Operation(
    name="getCertificate",
    summary="A certificate with its editions and history",
    tag="Certificates",
    description=(
        "The published record. With `at` or `known_at`, the record as it stood: the edition in force then, what was "
        "decided by then, and only what had been recorded."
    ),
    parameters=(
        Parameter(
            name="number",
            place="path",
            schema={"type": "string", "pattern": f"^{NUMBER_PATTERN}$"},
            description="Its number, in any case",
            example="LC-2026-0001",
        ),
        _COVERS,
        *time_parameters("The certificate"),
    ),
    answers={200: Answer(description="The public record", content={JSON: ref("Certificate")})},
    problems=(400, 404, 503),
    path="/v1/certificates/{number}",
    limited=True,
)


def certificate_api(shelf: Shelf, reader: RegistryReader) -> Blueprint:
    routes = Blueprint("certificate_api", __name__)

    @routes.get("/v1/certificates")
    @describe(_LIST)
    def listed() -> Response:
        only(_LIST)
        asked = question_from(request.args)
        search = _search(asked)
        cursor = request.args.get("cursor") or None
        with reader.session() as session:
            found = search_certificates(
                session, search, base_url=shelf.base_url, now=shelf.clock(), cursor=cursor, limit=_limit()
            )
        body: dict[str, Any] = {"certificates": found.certificates, "next": found.next, **_times(asked)}
        response = _json(body)
        if found.next is not None:
            kept = {name: value for name, value in request.args.items() if value and name != "cursor"}
            address = f"{shelf.base_url}/v1/certificates?{urlencode({**kept, 'cursor': found.next})}"
            response.headers["Link"] = f'<{address}>; rel="next"'
        return response

    @routes.get("/v1/certificates/<name>")
    @describe(_ONE)
    def one(name: str) -> Response:
        only(_ONE)
        number = parse_number(name)
        if number is None:
            raise Problem(Kind.NO_SUCH_CERTIFICATE)
        asked = question_from(request.args)
        covers = _text("covers")
        plain = asked.at is None and asked.known_at is None and covers is None
        if plain and not shelf.is_past(number):
            data = shelf.get(f"c/{number}.json")
            if data is None:
                raise Problem(Kind.NO_SUCH_CERTIFICATE)
            return allow_any_origin(cache_for(Response(data, content_type=JSON), _FRESH))
        return _json({**_then(shelf, number, asked, covers), **_times(asked)})

    return routes


def _then(shelf: Shelf, number: str, asked: Question, covers: str | None) -> dict[str, Any]:
    record = shelf.record(number)
    if record is None:
        raise Problem(Kind.NO_SUCH_CERTIFICATE)
    at = asked.at or shelf.clock()
    then = record_then(record, at=at, known_at=asked.known_at)
    if then is None:
        raise Problem(Kind.NO_SUCH_CERTIFICATE, "Nothing was known of this certificate at that time.")
    body = {**then.record, **contents_of(shelf, record, then.edition)}
    if covers is not None:
        body["coverage"] = _coverage(_entry(body, at), covers)
    return body


def _entry(body: Mapping[str, Any], at: Any) -> Found:
    try:
        return read_entry(body, at)
    except (LcertError, KeyError, TypeError, ValueError) as error:
        raise Problem(Kind.UNAVAILABLE, "The published record cannot be read.") from error


def _coverage(entry: Found, covers: str) -> dict[str, str]:
    name, version = split_version(covers)
    told = entry.covers(name, version)
    return {"answer": told.answer.value, "detail": told.detail}


def _search(asked: Question) -> Search:
    choices = {}
    for name, offered in _CHOICES.items():
        value = request.args.get(name) or None
        if value is not None and value not in offered:
            raise Problem(Kind.INVALID_PARAMETER, f"{name} takes one of: {', '.join(offered)}.")
        choices[name] = value
    texts = {parameter.name: _text(parameter.name) for parameter in _FILTERS}
    return Search(**choices, **texts, covers=_text("covers"), at=asked.at, known_at=asked.known_at)


def _text(name: str) -> str | None:
    value = request.args.get(name)
    if value is not None and len(value) > _LONGEST:
        raise Problem(Kind.INVALID_PARAMETER, f"{name} has at most {_LONGEST} characters.")
    return value or None


def _limit() -> int:
    text = request.args.get("limit") or str(_USUAL)
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= _MOST):
        raise Problem(Kind.INVALID_PARAMETER, f"limit is a number from 1 to {_MOST}.")
    return int(text)


def _times(asked: Question) -> dict[str, str]:
    told = {"at": asked.at, "knownAt": asked.known_at}
    return {name: text for name, value in told.items() if (text := format_time(value)) is not None}


def _json(body: Mapping[str, Any]) -> Response:
    return allow_any_origin(
        cache_for(Response(json.dumps(body, ensure_ascii=False), content_type=JSON), _FRESH)
    )
