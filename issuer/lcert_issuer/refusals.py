"""Why the issuer says no: typed, with a stable code, a sentence, and the input path where one is to blame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "ClockBehind",
    "Conflict",
    "InvalidInput",
    "NotAllowed",
    "NotFound",
    "Problem",
    "Refused",
    "RegistryUnavailable",
]


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """Base of every refusal. Nothing was changed."""

    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, path: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.message = message
        self.path = path

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, by input path; at least one."""
        return (Problem(path=self.path or "", message=self.message),)


class NotFound(Refused):
    """There is no such certificate, edition, key or token."""

    code = "not_found"


class Conflict(Refused):
    """Somebody else was faster, or the number is taken. Read again, then decide again."""

    code = "conflict"


class NotAllowed(Refused):
    """The life cycle, the policy or the state of the keys does not permit it."""

    code = "not_allowed"


class RegistryUnavailable(Refused):
    """The database cannot be reached, is locked for too long, or is not this program's."""

    code = "registry_unavailable"


class ClockBehind(Refused):
    """The clock is more than 60 s behind the journal, so that nothing may be recorded."""

    code = "clock_behind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the input. `path` as the input writes it, e.g. `dataBasis[0].basis`, `row 3: holder.lei`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidInput(Refused):
    """The input breaks the form or the rules. Carries every problem found, not only the first."""

    code = "invalid_input"

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = tuple(problems)
        if not found:
            raise ValueError("an invalid input has a problem")
        rest = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        super().__init__(f"{found[0]}{rest}", path=found[0].path)
        self._problems = found

    @classmethod
    def at(cls, path: str, message: str) -> InvalidInput:
        """An input with one problem."""
        return cls([Problem(path=path, message=message)])

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._problems
