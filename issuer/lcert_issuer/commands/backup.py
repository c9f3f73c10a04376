"""`lcert backup` and `lcert restore`."""

from __future__ import annotations

from pathlib import Path

import click

from .output import Output, json_option
from .running import clock_now, progress_bar, refusals, settings

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
@json_option
def restore(output: Output, folder: Path, force: bool) -> None:
    """Make the backup in DIR the issuer of LCERT_HOME.

    The home must be new, or have lost its database only. Nothing is published: if the backup is older than what was
    published, publishing is refused until a newer one is restored, so that no withdrawal is taken back.
    """
    from ..backup import restore_backup

    chosen = settings()
    with refusals():
        done = restore_backup(chosen, folder, force=force)
    if done.kept is not None:
        output.note(f"the database that was there is now {done.kept}")
    if not done.keys:
        output.warn(f"there are no keys: put the key files into {chosen.keys_folder}")
    if done.is_older:
        output.warn(
            f"{done.mark} journal entries were published, this backup has {done.size}: nothing can be recorded or "
            "published from it. Restore a newer backup."
        )
    output.result(
        {
            "home": str(done.home),
            "base_url": done.base_url,
            "size": done.size,
            "keys": done.keys,
            "published_size": done.mark,
            "older": done.is_older,
            "kept": str(done.kept) if done.kept else None,
        },
        f"{done.base_url} is restored in {done.home}, journal size {done.size}"
        + ("" if done.is_older else "\n  next    lcert doctor, lcert publish --full"),
    )


COMMANDS: tuple[click.Command, ...] = (backup, restore)
