"""`lcert issue`, and everything that happens to a certificate afterwards."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.termui import progressbar

from lcert_verifier.vocabulary import REASON_CODES

from ..certificate import CertificateState
from .output import Output, json_option
from .repeating import IdempotencyKey, once_of
from .running import Actor, an_issuer, clock_now, published, read_json_file

if TYPE_CHECKING:
    from ..assembly import House
    from ..desk import Issued
    from ..intake import Draft

__all__ = ["COMMANDS"]

_STATES = [state.value for state in CertificateState]

Reason = click.option(
    "--reason",
    required=True,
    type=click.Choice(REASON_CODES),
    help="Public reason code; `unspecified` withholds it.",
)
Number = click.argument("number")
Input = click.argument("file", type=click.Path(path_type=Path))
Decider = click.option("--decider", help="Decision-maker's role id; needed when the policy is four-eyes.")
Reviewer = click.option(
    "--reviewer", help="Reviewer's role id; needed to reinstate when the policy is four-eyes."
)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Issue one certificate per row.")
@click.option("--dry-run", is_flag=True, help="Check everything and change nothing.")
@IdempotencyKey
@Actor
@json_option
def issue(
    output: Output, file: Path | None, csv_file: Path | None, dry_run: bool, once: str | None, actor: str
) -> None:
    """Issue a certificate from FILE.json, or many with --csv.

    FILE.json is the issue form, - for standard input; --csv takes one certificate a row, all or none.
    """
    if (file is None) == (csv_file is None):
        raise click.UsageError("give either FILE.json or --csv FILE.csv")
    with an_issuer() as house:
        asked: Any = read_json_file(file) if file else _read(csv_file)
        drafts = [house.read_form(asked)] if file else house.read_csv(asked)
        if dry_run:
            house.desk.check_many(drafts)
            for draft in drafts:
                output.result(
                    _plan(draft), f"would issue {draft.number or 'the next number'}: {draft.summary}"
                )
            return
        with progressbar(
            length=len(drafts), label="Issuing", file=sys.stderr,
            hidden=not (output.shows_progress() and len(drafts) > 1),
        ) as bar:  # fmt: skip
            issued = house.desk.issue_many(
                drafts, actor=actor, progress=bar.update, once=once_of(once, "issue", asked)
            )
        done = published(house, output)
        for item in issued:
            output.result({**_issued(house, item), "published": done}, _issued_text(item))
        output.published(done)


def _read(path: Path | None) -> bytes:
    if path is None:  # pragma: no cover - the caller has checked
        raise click.UsageError("no file given")
    try:
        return path.read_bytes()
    except OSError as fault:
        raise click.UsageError(f"{path} cannot be read: {fault.strerror}") from fault


def _plan(draft: Draft) -> dict[str, Any]:
    return {
        "dry_run": True,
        "number": draft.number,
        "holder": draft.holder_name,
        "valid_from": draft.valid_from,
        "valid_through": draft.valid_through,
    }


def _issued(house: House, item: Issued) -> dict[str, Any]:
    return {
        "number": item.number,
        "edition": item.edition,
        "id": item.credential_id,
        "url": f"{house.base_url}/c/{item.number}",
        "valid_from": item.valid_from,
        "valid_through": item.valid_through,
        "tokens": {securing.value: token for securing, token in item.tokens.items()},
    }


def _issued_text(item: Issued) -> str:
    return f"{item.number} edition {item.edition}: {item.valid_from} to {item.valid_through}  {item.url}"


@click.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only certificates in this state.")
@json_option
def list_(output: Output, state: str | None) -> None:
    """Every certificate with its state today."""
    with an_issuer() as house:
        for row in house.list_certificates(state=state, now=clock_now()):
            output.result(row, "{number}  {state:<10}  {valid_through}  {holder} - {statement}".format(**row))


@click.command()
@Number
@json_option
def show(output: Output, number: str) -> None:
    """One certificate with its editions and history."""
    with an_issuer() as house:
        record = house.record(number)
        lines = [
            f"{record['number']}  {record['state']}  {record['url']}",
            f"  holder   {record['holder']['legalName']} ({', '.join(d['name'] for d in record['holder']['domains'])})",
            f"  scope    {record['scope']['statement']}",
            *(
                f"  edition  {e['edition']}: {e['validFrom']} to {e['validThrough']}, {e['status']}"
                for e in record["editions"]
            ),
            *(
                f"  {h['recordedAt'][:10]}  {h['kind']}"
                + (f" ({h['reason']})" if h.get("reason") else "")
                + (f", from {since}" if (since := h["effectiveAt"][:10]) != h["recordedAt"][:10] else "")
                for h in record["history"]
            ),
        ]
        output.result(record, "\n".join(lines))


def _standing_command(name: str, text: str, *, reviewer: bool = False) -> click.Command:
    """suspend, reinstate and terminate differ only in the verb."""

    @click.command(name, help=text)
    @Number
    @Reason
    @Decider
    @Actor
    @json_option
    def command(
        output: Output, number: str, reason: str, decider: str | None, actor: str, **more: Any
    ) -> None:
        with an_issuer() as house:
            changed = getattr(house.desk, name)(number, reason=reason, decider=decider, actor=actor, **more)
            _tell(house, output, changed)

    return Reviewer(command) if reviewer else command


@click.command()
@Number
@Reason
@click.option("--effective", default="now", show_default=True, help="now, ab-initio, or a date (YYYY-MM-DD).")
@click.option("--yes", is_flag=True, help="Do not ask, also on a terminal.")
@Decider
@Actor
@json_option
def withdraw(
    output: Output, number: str, reason: str, effective: str, yes: bool, decider: str | None, actor: str
) -> None:
    """Withdraw (revoke) a certificate: terminal, but for an appeal."""
    moment = _effective(effective)
    with an_issuer() as house:
        if not yes and not output.json and sys.stdin.isatty():
            click.confirm(
                f"Withdraw {number} for ever ({reason}, effective {effective})?", abort=True, err=True
            )
        changed = house.desk.withdraw(number, reason=reason, effective=moment, decider=decider, actor=actor)
        _tell(house, output, changed)


def _effective(text: str) -> str | datetime:
    if text in ("now", "ab-initio"):
        return text
    day = _date(text, "--effective", "now, ab-initio or a date like 2026-03-01")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _date(text: str, option: str, wanted: str = "a date like 2027-11-19") -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        is_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None
        fault = ", a day that does not exist" if is_day else ""
        raise click.UsageError(f"{option} takes {wanted}; got {text!r}{fault}") from error


def _tell(house: House, output: Output, changed: Any) -> None:
    done = published(house, output)
    output.result(
        {"number": changed.number, "state": changed.state, "published": done},
        f"{changed.number} is {changed.state}",
    )
    output.published(done)


def _new_edition(output: Output, act: Callable[[House], Issued]) -> None:
    with an_issuer() as house:
        item = act(house)
        done = published(house, output)
        output.result({**_issued(house, item), "published": done}, _issued_text(item))
        output.published(done)


@click.command()
@Number
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--through", required=True, help="Last day of the new term (YYYY-MM-DD).")
@IdempotencyKey
@Actor
@json_option
def renew(output: Output, number: str, file: Path | None, through: str, once: str | None, actor: str) -> None:
    """A further term, from the day after the present one ends. FILE.json carries a new assessment or scope."""
    day = _date(through, "--through")

    def act(house: House) -> Issued:
        asked = read_json_file(file) if file else None
        draft = house.read_form(asked) if file else None
        request = once_of(once, "renew", number.upper(), through, asked)
        return house.desk.renew(number, through=day, draft=draft, actor=actor, once=request)

    _new_edition(output, act)


def _edition_command(name: str, text: str) -> click.Command:
    """rescope, correct and appeal take a whole input file and differ only in the verb."""

    @click.command(name, help=text)
    @Number
    @Input
    @IdempotencyKey
    @Actor
    @json_option
    def command(output: Output, number: str, file: Path, once: str | None, actor: str) -> None:
        def act(house: House) -> Issued:
            asked = read_json_file(file)
            request = once_of(once, name, number.upper(), asked)
            issued: Issued = getattr(house.desk, name)(
                number, house.read_form(asked), actor=actor, once=request
            )
            return issued

        _new_edition(output, act)

    return command


@click.command()
@Number
@IdempotencyKey
@Actor
@json_option
def rekey(output: Output, number: str, once: str | None, actor: str) -> None:
    """The same certificate as a new edition, signed with today's key."""

    def act(house: House) -> Issued:
        return house.desk.rekey(number, actor=actor, once=once_of(once, "rekey", number.upper()))

    _new_edition(output, act)


COMMANDS: tuple[click.Command, ...] = (
    issue,
    list_,
    show,
    _standing_command("suspend", "Suspend a certificate: not valid until reinstated."),
    _standing_command("reinstate", "Lift a suspension.", reviewer=True),
    _standing_command("terminate", "End a certificate at the holder's request."),
    withdraw,
    renew,
    _edition_command("rescope", "A new edition with another scope, from today."),
    _edition_command("correct", "A new edition that corrects a mistake, from today."),
    _edition_command("appeal", "A withdrawn certificate revived by an appeal, as a new edition."),
    rekey,
)
