"""When a program that should always run last finished its round."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import Heartbeat

__all__ = ["WORKER", "last_round", "note_round"]

WORKER = "worker"
"""Whoever does what the clock asks."""


def note_round(session: Session, name: str, at: datetime) -> None:
    session.merge(Heartbeat(name=name, at=at))


def last_round(session: Session, name: str) -> datetime | None:
    """None before the first one."""
    return session.execute(select(Heartbeat.at).where(Heartbeat.name == name)).scalar_one_or_none()
