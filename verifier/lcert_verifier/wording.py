"""Reports and bundles in words for a terminal. Nothing from a credential can steer it: control characters are spelt."""

from __future__ import annotations

from datetime import timedelta

from .bundle_update import BundleFacts
from .credential import Credential
from .report import Outcome, Report, format_time

__all__ = ["describe_bundle", "describe_report", "plain"]

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
    parts = [f"{credential.number} edition {credential.edition}"]
    if credential.holder is not None and credential.holder.legal_name:
        parts.append(credential.holder.legal_name)
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
        f"  journal       {bundle.size} entries",
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


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
