"""How a route says what it takes and gives; the OpenAPI document is made of these declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

__all__ = [
    "JSON",
    "Answer",
    "Operation",
    "Parameter",
    "Schema",
    "array_of",
    "describe",
    "operation_of",
    "query",
    "ref",
]

Schema = Mapping[str, Any]
JSON: Final = "application/json"

AnyView = TypeVar("AnyView", bound=Callable[..., Any])
_MARK: Final = "__lcert_operation__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """`place`: query, path or header."""

    name: str
    place: str
    schema: Schema
    description: str
    required: bool = False
    example: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`content`: media type -> schema, None for bytes that are not described."""

    description: str
    content: Mapping[str, Schema | None] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Name -> description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address."""

    name: str
    """`operationId`, stable."""
    summary: str
    tag: str
    description: str = ""
    parameters: Sequence[Parameter] = ()
    body: Mapping[str, Schema] = field(default_factory=dict)
    """Media type -> schema of the request's body."""
    answers: Mapping[int, Answer]
    problems: Sequence[int] = ()
    """Statuses answered with problem details, beside those that any address may give."""
    path: str | None = None
    """The address as a template, where the route's own pattern says more than that."""
    limited: bool = False
    """Whether requests count against the client's quota; the API's own prefixes do."""
    secured: bool = False
    """Whether it needs an API token."""


def describe(operation: Operation) -> Callable[[AnyView], AnyView]:
    """Declares a view function's operation."""

    def mark(view: AnyView) -> AnyView:
        setattr(view, _MARK, operation)
        return view

    return mark


def operation_of(view: Callable[..., Any]) -> Operation | None:
    found = getattr(view, _MARK, None)
    return found if isinstance(found, Operation) else None


def query(
    name: str, description: str, *, example: Any = None, required: bool = False, **schema: Any
) -> Parameter:
    """A parameter of the query; a string unless told."""
    return Parameter(
        name=name,
        place="query",
        schema={"type": "string", **schema},
        description=description,
        required=required,
        example=example,
    )


def ref(name: str) -> Schema:
    """A schema of the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


def array_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}
