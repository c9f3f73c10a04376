"""An issuer on disks that are really full: a program for a mount namespace of its own, which tells what it saw as JSON.

`python -m tests.support.full_disk FOLDER` mounts two small disks below FOLDER, one for the home, one for what is
published, and fills them one after the other. Exit code 77: mounting is not permitted here.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text
from tests.support.press import BASE_URL, Press, prepare

from lcert_issuer.doctor import examine
from lcert_issuer.registry import journal
from lcert_issuer.settings import read_settings
from lcert_issuer.storage.folder import FolderStorage
from lcert_web.public import create_public_app

__all__ = ["NOT_PERMITTED"]

NOT_PERMITTED = 77
_SIZE = "24m"


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """No byte more fits on the disk in the block."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass
    try:
        yield
    finally:
        ballast.unlink()


def attempt(work: Callable[[], object]) -> str:
    """What a change says: `done`, or its refusal."""
    try:
        work()
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"
    return "done"


def main(folder: Path) -> int:
    home_disk, public_disk = folder / "one", folder / "two"
    for disk in (home_disk, public_disk):
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(disk)]
        if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
            return NOT_PERMITTED
    home = home_disk / "home"
    press = Press(home, prepare(home))
    press.storage = FolderStorage(public_disk / "public")
    press.publisher = press.make_publisher(storage=press.storage)
    os.environ |= {"LCERT_HOME": str(home), "LCERT_STORAGE_URL": f"file://{public_disk / 'public'}"}
    press.publisher.publish(bundle=True)
    first = press.issue()[0]
    press.publisher.publish()
    site = create_public_app(
        storage=press.storage,
        base_url=BASE_URL,
        issuer_name="L",
        registry=press.registry,
        clock=lambda: press.now,
    ).test_client()
    paths = (f"/c/{first.number}", f"/badge/{first.number}.svg", "/status/token/1", "/directory")

    def look() -> dict[str, Any]:
        ready = site.get("/readyz")
        with press.registry.read() as session:
            entries, published = journal.head(session).size, journal.head(session).published
            whole = session.execute(text("PRAGMA integrity_check")).scalar_one()
        return {
            "pages": [site.get(path).status_code for path in paths],
            "ready": [ready.status_code, ready.get_json()["checks"]],
            "doctor": [
                f"{found.level}: {found.detail}"
                for found in examine(read_settings(os.environ), now=press.now)
                if found.name == "disk"
            ],
            "entries": entries,
            "published": published,
            "first": press.judge(first).code.value,
            "staged": len(list((public_disk / "public" / ".staging").glob("*"))),
            "whole": whole,
        }

    seen: dict[str, Any] = {"before": look()}
    with filled(home_disk):
        seen["home full"] = {
            "issue": attempt(lambda: press.issue(20)),
            "publish": attempt(lambda: press.publisher.publish(full=True)),
            **look(),
        }
    seen["home freed"] = {
        "issue": attempt(press.issue),
        "publish": attempt(press.publisher.publish),
        **look(),
    }
    with filled(public_disk):
        seen["public full"] = {
            "issue": attempt(press.issue),
            "publish": attempt(press.publisher.publish),
            **look(),
        }
    seen["public freed"] = {"publish": attempt(press.publisher.publish), **look()}
    json.dump(seen, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
