"""`lcert backup` and `lcert restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .output import Output, json_option
from .running import Actor, an_issuer, clock_now, progress_bar, published, refusals, settings

__all__ = ["COMMANDS"]

Folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.command()
@Folder
@click.option("--with-keys", is_flag=True, help="The encrypted key files too; never their passphrase.")
@json_option
def backup(output: Output, folder: Path, with_keys: bool) -> None:
    """Copy the registry to a new folder DIR, while it is in use.

    What is published is not copied: `lcert publish --full` makes it again. Keep the keys and their passphrase apart
    from the backup, or copy the keys with --with-keys; without them a restored issuer cannot sign.
    """
    from ..backup import make_backup

    chosen = settings()
    with refusals():
        with progress_bar(output, "Copying") as progress:
            made = make_backup(chosen, folder, with_keys=with_keys, now=clock_now(), progress=progress)
        output.result(
            {
                "folder": str(made.folder),
                "base_url": made.base_url,
                "size": made.size,
                "keys": made.keys,
                "bytes": made.bytes,
            },
            f"{made.folder}: {made.base_url}, journal size {made.size}, {made.bytes:,} bytes, "
            + (f"{made.keys} encrypted keys" if with_keys else "without keys"),
        )


@click.command()
@Folder
@click.option("--force", is_flag=True, help="Put a database that is there aside.")
@click.option(
    "--replay", "replaying", is_flag=True, help="Then catch up with what was published, and publish."
)
@Actor
@json_option
def restore(output: Output, folder: Path, force: bool, replaying: bool, actor: str) -> None:
    """Make the backup in DIR the issuer of LCERT_HOME.

    The home must be new, or have lost its database only. If the backup is older than what was published, nothing is
    recorded or published from it, so that no withdrawal is taken back: restore a newer one, or replay what was
    published (--replay, or `lcert replay` afterwards).
    """
    from ..backup import restore_backup

    chosen = settings()
    with refusals():
        done = restore_backup(chosen, folder, force=force, actor=actor, now=clock_now())
    if done.kept is not None:
        output.note(f"the database that was there is now {done.kept}")
    if not done.keys:
        output.warn(f"there are no keys: put the key files into {chosen.keys_folder}")
    if done.is_older and not replaying:
        output.warn(
            f"{done.mark} journal entries were published, this backup has {done.size}: nothing can be recorded or "
            "published from it. Restore a newer backup, or run `lcert replay`."
        )
    value = {
        "home": str(done.home),
        "base_url": done.base_url,
        "size": done.size,
        "keys": done.keys,
        "published_size": done.mark,
        "older": done.is_older,
        "kept": str(done.kept) if done.kept else None,
    }
    text = f"{done.base_url} is restored in {done.home}, journal size {done.size}"
    if replaying:
        more, said = _replay(output, actor)
        output.result({**value, **more}, f"{text}\n{said}")
        output.published(more["published"])
    else:
        output.result(
            value, text + ("" if done.is_older else "\n  next    lcert publish --full, lcert doctor")
        )


@click.command()
@Actor
@json_option
def replay(output: Output, actor: str) -> None:
    """Catch a restored, older database up with what was published.

    Reads the published journal, proves that it goes on from this database, rebuilds what its entries stand for, and
    publishes. What was never public does not come back: private notes, the audit log and idempotency keys since, and
    reports of misuse.
    """
    value, said = _replay(output, actor)
    output.result(value, said)
    output.published(value["published"])


def _replay(output: Output, actor: str) -> tuple[dict[str, Any], str]:
    with an_issuer() as house:
        done = house.replay(actor=actor)
        for kid in done.without_key:
            output.warn(
                f"the private half of {kid} is not in {house.settings.keys_folder}: bring it, or replace the key"
            )
        if done.entries:
            output.warn(
                f"of entries {done.first} to {done.size - 1} the private side is lost (who decided, private reasons), "
                "and so are the audit log, idempotency keys and reports of misuse since the backup"
            )
        told = published(house, output, bundle=True, full=True)
    value = {
        "replayed": done.entries,
        "size": done.size,
        "without_key": list(done.without_key),
        "published": told,
    }
    return value, f"{done.entries} entries replayed, journal size {done.size}"


COMMANDS: tuple[click.Command, ...] = (backup, restore, replay)
