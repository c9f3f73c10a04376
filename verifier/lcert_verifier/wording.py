"""Reports and bundles in words for a terminal. Nothing from a credential can steer it: control characters are spelt."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .credential import Credential
from .report import Code, Outcome, Report, Verdict, format_time

if TYPE_CHECKING:
    from .bundle_update import BundleFacts
    from .entries import Found
    from .linkage import Linkage
    from .page import PageReport
    from .receipt import Receipt
    from .requirements import Answer

__all__ = [
    "describe_answer",
    "describe_bundle",
    "describe_found",
    "describe_linkage",
    "describe_page",
    "describe_receipt",
    "describe_report",
    "plain",
]

_MARKS = {Outcome.PASSED: "ok", Outcome.FAILED: "FAILED", Outcome.UNKNOWN: "unknown", Outcome.SKIPPED: "-"}


def plain(text: str) -> str:
    """`text` on one line, every control, bidirectional or other invisible character as its escape."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def describe_report(title: str, report: Report, *, verbose: bool = False) -> str:
    """Verdict, code and sentence, as of when, and with `verbose` every check."""
    lines = [
        f"{report.verdict.value.upper()} ({report.code.value})  {plain(title)}",
        f"  {plain(report.sentence)}",
    ]
    if report.code in (Code.MALFORMED, Code.TRUST_UNAVAILABLE) and not verbose:
        lines += [f"  Because {plain(check.detail)}" for check in report.checks if check.detail]
    if report.credential is not None:
        lines.append(f"  {plain(_certificate(report.credential))}")
    times = [
        f"{name} {moment}"
        for name, moment in (
            ("keys", format_time(report.as_of.keys)),
            ("status", format_time(report.as_of.status)),
            ("journal", format_time(report.as_of.journal)),
        )
        if moment
    ]
    if times:
        lines.append("  As of: " + ", ".join(times))
    if report.current_edition:
        lines.append(f"  Edition in force: {plain(report.current_edition)}")
    if verbose:
        for check in report.checks:
            detail = f"  {plain(check.detail)}" if check.detail else ""
            lines.append(f"    {check.name:<10} {_MARKS[check.outcome]:<8}{detail}".rstrip())
    return "\n".join(lines)


def _certificate(credential: Credential) -> str:
    parts = [f"{credential.number} edition {credential.edition}", credential.holder_name]
    parts.extend(credential.domain_names)
    parts.append(f"through {credential.valid_until:%Y-%m-%d}")
    return ", ".join(parts)


def describe_bundle(facts: BundleFacts, action: str) -> str:
    """What is in a bundle, how old it is and which root it is held to."""
    bundle = facts.bundle
    lines = [
        f"{plain(bundle.trust.name)}  {bundle.trust.issuer}",
        f"  root key      {facts.pin}",
        f"  made          {format_time(bundle.issued_at)}, {_ago(facts.age)} ago",
        f"  expires       {format_time(bundle.expires_at)}"
        + (" (EXPIRED: update it)" if facts.expired else ""),
        f"  journal       {bundle.size} entries"
        + (", held whole: the past can be asked about" if facts.has_history else ""),
        f"  certificates  {facts.certificates}",
        f"  trust version {bundle.trust.version}",
    ]
    if action == "fetch":
        lines.append(
            "The root key is pinned now. Compare its thumbprint with one you have from the issuer by other means."
        )
    elif action == "update":
        lines.append("Updated." if facts.changed else "Nothing newer is published.")
    return "\n".join(lines)


def describe_found(found: Found) -> str:
    """A certificate in a few lines: state, whom and what it is for, and what `covers` said."""
    reason = f", {found.reason}" if found.reason and found.since else ""
    lines = [
        f"{found.number}  {found.state}{reason}",
        f"  {plain(found.holder.legal_name)} ({', '.join(d.name for d in found.holder.domains)})",
        f"  {plain(found.scope.statement)}",
        f"  edition {found.edition}, {found.valid_from.isoformat()} to {found.valid_through.isoformat()}",
    ]
    if found.coverage is not None:
        lines.append(f"  covered: {found.coverage.answer.value}, {plain(found.coverage.detail)}")
    lines += [f"  not covered: {plain(gap.name)}" for gap in found.scope.not_covered]
    for basis in found.data_basis:
        parts = [basis.basis, *([f"{basis.share} %"] if basis.share else []), *basis.licenses]
        lines.append(f"  data: {plain(', '.join(parts))}")
    if found.criteria:
        lines.append(plain(f"  criteria {found.criteria}, assessed on {found.assessed_on}"))
    lines.append(f"  {plain(found.url)}")
    return "\n".join(lines)


def describe_receipt(receipt: Receipt) -> str:
    """A genuine receipt: who found what, when."""
    lines = [
        f"GENUINE  {receipt.verdict.value} ({receipt.code.value})",
        f"  {plain(receipt.sentence)}",
        f"  judged by {plain(receipt.verifier)} on {format_time(receipt.issued_at)}, key {receipt.kid}",
        f"  input sha256 {plain(receipt.input_sha256)}",
    ]
    if receipt.token_digest:
        lines.append(f"  token digest {plain(receipt.token_digest)}")
    return "\n".join(lines)


def describe_linkage(linkage: Linkage) -> str:
    """Every DID that an origin names, and whether it is proven to be the origin's."""
    lines = []
    for link in linkage.links:
        if link.problem is None:
            lines.append(f"LINKED  {plain(str(link.did))}, until {format_time(link.expires_at)}")
        else:
            mark = "UNKNOWN" if link.unknown else "NOT LINKED"
            lines.append(f"{mark}  {plain(link.did or 'an entry')}: {plain(link.problem)}")
    return "\n".join(lines) if lines else f"{plain(linkage.origin)} names no DID"


def describe_page(page: PageReport) -> str:
    """Every badge on a page with its answer, and the sum."""
    lines = []
    for mention, report in page.badges:
        where = plain(mention.url or mention.image or "in the page itself")
        lines.append(
            f"{report.verdict.value.upper()} ({report.code.value})  line {mention.line}, {mention.kind}: {where}"
        )
        lines.append(f"  {plain(report.sentence)}")
    lines += [f"  {plain(problem)}" for problem in page.problems]
    if page.linkage is not None:
        lines.append(f"domain: {describe_linkage(page.linkage)}")
    place = f" for {plain(page.host)}" if page.host else "; whose page it is was not asked: --host HOST does"
    genuine = sum(report.verdict is Verdict.ACCEPTED for _, report in page.badges)
    if page.badges:
        lines.append(f"{genuine} of {len(page.badges)} badges are genuine{place}")
    else:
        lines.append("no badge was found on the page")
    return "\n".join(lines)


def describe_answer(answer: Answer) -> str:
    """A requirement and whether it is met."""
    mark = {Verdict.ACCEPTED: "ok", Verdict.REJECTED: "NOT MET", Verdict.INDETERMINATE: "UNKNOWN"}
    number = f"  {answer.found.number}" if answer.found else ""
    lines = [f"{mark[answer.verdict]}  {plain(answer.requirement.title)}{number}: {plain(answer.detail)}"]
    if answer.warning:
        lines.append(f"  warning: {answer.warning}")
    return "\n".join(lines)


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
