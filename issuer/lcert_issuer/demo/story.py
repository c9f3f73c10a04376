"""Founds the demo certifier: replays what happened to the samples, in order, then publishes and forges."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from lcert_verifier.vocabulary import KeyPurpose

from ..assembly import House, open_house
from ..clockwork import run_once
from ..commands.running import clock_now
from ..new_home import found_house
from ..refusals import Refused
from ..settings import Settings
from .frauds import write_frauds
from .samples import KEY_ROTATION, SAMPLES, T0, Sample, Step

__all__ = ["NAME", "DemoRefused", "found_demo", "places", "tell_story", "what_to_try"]

NAME = "The L Programme (demo)"
_FOUNDED = date(2024, 1, 2)
_OFFICE_HOURS = time(10, 0, tzinfo=UTC)


class DemoRefused(Exception):  # noqa: N818 - a refusal is an answer
    """The demo cannot run like this; the message says what to do."""


def found_demo(settings: Settings, *, say: Callable[[str], None]) -> bool:
    """Make the demo in `settings.home` unless it is there; True when it was made. Raises DemoRefused.

    It is made beside and moved into place at the end, so that an interrupted start leaves nothing half done.
    """
    base_url = f"http://127.0.0.1:{settings.public_port}"
    if settings.database_url.startswith("sqlite:") and settings.home.exists():
        _check_same(settings, base_url)
        return False
    say("making the demo certifier: keys, eleven certificates, badges, bundle (a few seconds)")
    building = settings.home.with_name(f"{settings.home.name}.making")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    made = replace(
        settings,
        home=building,
        database_url=f"sqlite:///{building / 'registry.sqlite3'}",
        storage_url=(building / "public").as_uri(),
    )
    tell_story(made, base_url=base_url, today=clock_now().date())
    building.rename(settings.home)
    return True


def _check_same(settings: Settings, base_url: str) -> None:
    try:
        with open_house(settings, clock=clock_now) as house:
            known = house.base_url
    except Refused as refusal:
        raise DemoRefused(
            f"{settings.home} is there, but holds no demo that can be used ({refusal.message}). "
            "Remove the folder and run again, or set LCERT_HOME to another one"
        ) from refusal
    if known != base_url:
        port = known.rpartition(":")[2]
        raise DemoRefused(
            f"the demo in {settings.home} was signed for {known}, and its codes and tokens say so; this run would "
            f"serve {base_url}. Run with LCERT_PUBLIC_PORT={port}, or remove {settings.home} to make a new one"
        )


def tell_story(settings: Settings, *, base_url: str, today: date) -> None:
    """Found an issuer and let everything that happened to the samples happen, with T0 moved to `today`."""
    shift = today - T0
    found_house(settings, name=NAME, base_url=base_url, clock=clock_now, recorded_at=_moment(_FOUNDED, shift))
    with open_house(settings, clock=clock_now) as house:
        for happening in sorted(_happenings(), key=lambda item: (item.on, item.order)):
            happening.act(house, shift, min(_moment(happening.on, shift), clock_now()))
        run_once(house.desk, clock_now())
        house.publisher.publish(bundle=True)
        write_frauds(house, settings.home / "samples")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Happening:
    on: date
    order: int
    act: Callable[[House, timedelta, datetime], object]


def _happenings() -> Iterator[_Happening]:
    staged, promoted, retired = KEY_ROTATION
    first: list[str] = []
    second: list[str] = []

    def stage(house: House, _shift: timedelta, at: datetime) -> None:
        first.append(house.keyring().signing(KeyPurpose.ISSUER).kid)
        second.append(house.desk.stage_key(KeyPurpose.ISSUER, recorded_at=at).kid)

    yield _Happening(on=staged, order=0, act=stage)
    yield _Happening(
        on=promoted, order=0, act=lambda house, _shift, at: house.desk.promote_key(second[0], recorded_at=at)
    )
    yield _Happening(
        on=retired, order=0, act=lambda house, _shift, at: house.desk.retire_key(first[0], recorded_at=at)
    )
    for day in sorted(
        {day for sample in SAMPLES for step in sample.steps for day in _days_that_matter(step)}
    ):
        if day <= T0:
            yield _Happening(
                on=day, order=-1, act=lambda house, _shift, at: run_once(house.desk, at, recorded_at=at)
            )
    for order, sample in enumerate(SAMPLES, start=1):
        for step in sample.steps:
            yield _Happening(on=step.on, order=order, act=_act(sample, step))


def _days_that_matter(step: Step) -> Iterator[date]:
    """When the clock has something to notice: a term begins, or is over."""
    if step.form is not None:
        yield step.form["validFrom"]
        yield step.form["validThrough"] + timedelta(days=1)


def _act(sample: Sample, step: Step) -> Callable[[House, timedelta, datetime], object]:
    def act(house: House, shift: timedelta, at: datetime) -> object:
        desk, number = house.desk, sample.number
        imported = number if step.action == "issue" else None
        draft = house.read_form(_form(step.form, shift, imported)) if step.form else None
        match step.action:
            case "issue" if draft:
                return desk.issue(draft, recorded_at=at)
            case "renew" if step.through:
                return desk.renew(number, through=step.through + shift, draft=draft, recorded_at=at)
            case "rescope" if draft:
                return desk.rescope(number, draft, recorded_at=at)
            case "rekey":
                return desk.rekey(number, recorded_at=at)
            case "withdraw" if step.reason:
                return desk.withdraw(number, reason=step.reason, effective=step.effective, recorded_at=at)
            case "suspend" | "reinstate" | "terminate" if step.reason:
                return getattr(desk, step.action)(number, reason=step.reason, recorded_at=at)
        raise ValueError(f"{number}: {step.action} is not told in full")

    return act


def _form(form: Mapping[str, Any], shift: timedelta, number: str | None) -> dict[str, Any]:
    """The issue form with every date moved and written out."""

    def moved(value: Any) -> Any:
        if isinstance(value, date):
            return (value + shift).isoformat()
        if isinstance(value, Mapping):
            return {name: moved(member) for name, member in value.items()}
        return [moved(item) for item in value] if isinstance(value, list) else value

    body: dict[str, Any] = moved(form)
    return {"number": number, **body} if number else body


def _moment(day: date, shift: timedelta) -> datetime:
    return datetime.combine(day + shift, _OFFICE_HOURS)


def places(settings: Settings) -> dict[str, str]:
    """Where the demo's parts are."""
    return {
        "public": f"http://127.0.0.1:{settings.public_port}",
        "verifier": f"http://127.0.0.1:{settings.verifier_port}",
        "home": str(settings.home),
        "samples": str(settings.home / "samples"),
    }


def what_to_try(settings: Settings) -> str:
    """What a person sees after the start: where things are, and four things to do."""
    site, checker = places(settings)["public"], places(settings)["verifier"]
    samples = _shown(settings.home / "samples")
    return f"""
  Public site   {site}
  Verifier      {checker}

  Look at       {site}/c/LC-2024-0001   active
                {site}/c/LC-2024-0003   suspended
                {site}/c/LC-2024-0005   withdrawn
  Check         lcert-verify {samples}/LC-2024-0001.png --trust {site}
  Frauds        lcert-verify {samples}/forged-LC-2024-0002.jwt --trust {site}
                lcert-verify {samples}/superseded-LC-2025-0007.jwt --trust {site}
                lcert-verify {samples}/LC-2024-0001.png --trust {site} --domain grimsbybeats.example
                lcert-verify page {samples}/grimsbybeats.example.html --host grimsbybeats.example --trust {site}
  Withdraw      LCERT_HOME={_shown(settings.home)} lcert withdraw LC-2025-0010 --reason unlicensed-data
  (programs lie in .venv/bin; Ctrl-C stops)
"""


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
