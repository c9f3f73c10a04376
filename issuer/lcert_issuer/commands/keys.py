"""`lcert keys`: who may sign, and how that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lcert_verifier.report import format_time
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState

from .output import Output, json_option
from .repeating import IdempotencyKey, once_of
from .running import Actor, an_issuer, published

if TYPE_CHECKING:
    from lcert_keys import Key, Keyring

__all__ = ["keys"]

_ALGORITHMS = {
    "ES256": Algorithm.ES256,
    "ES384": Algorithm.ES384,
    "Ed25519": Algorithm.ED25519,
    "EdDSA": Algorithm.ED25519,
}
Kid = click.argument("kid")


@click.group()
def keys() -> None:
    """Stage, promote, retire, compromise and replace keys."""


def _key(key: Key) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "purpose": key.purpose.value,
        "alg": key.alg.value,
        "state": key.state.value,
        "staged_at": format_time(key.staged_at),
        "promoted_at": format_time(key.promoted_at),
        "retired_at": format_time(key.retired_at),
        "compromised_at": format_time(key.compromised_at),
        "since": key.since,
    }


@keys.command("list")
@json_option
def list_(output: Output) -> None:
    """Every key, its purpose and state; * marks the one that signs."""
    with an_issuer() as house:
        ring = house.keyring()
        for key in ring:
            signing = _signing(ring, key.purpose)
            signs = signing is not None and signing.kid == key.kid
            output.result(
                {**_key(key), "signs": signs},
                f"{'*' if signs else ' '} {key.purpose.value:<7} {key.state.value:<12} {key.alg.value:<6} {key.kid}",
            )


def _signing(ring: Keyring, purpose: KeyPurpose) -> Key | None:
    return ring.signing(purpose) if ring.of(purpose, KeyState.ACTIVE) else None


@keys.command()
@click.option(
    "--purpose", type=click.Choice(["issuer", "status", "log"]), default="issuer", show_default=True
)
@click.option(
    "--alg", type=click.Choice(list(_ALGORITHMS)), help="ES256 unless told; log keys are Ed25519 always."
)
@IdempotencyKey
@Actor
@json_option
def stage(output: Output, purpose: str, alg: str | None, once: str | None, actor: str) -> None:
    """A new key, published; it signs nothing until promoted."""
    wanted = KeyPurpose(purpose)
    chosen = _ALGORITHMS[alg] if alg else (Algorithm.ED25519 if wanted is KeyPurpose.LOG else Algorithm.ES256)
    with an_issuer() as house:
        asked = once_of(once, "keys stage", wanted.value, chosen.value)
        key = house.desk.stage_key(purpose=wanted, alg=chosen, actor=actor, once=asked)
        done = published(house, output)
        staged = "is staged; promote it once verifiers know it"
        was = staged if key.state is KeyState.STAGED else f"was staged before, and is {key.state.value} now"
        output.result({**_key(key), "published": done}, f"{key.kid} {was}")
        output.published(done)


@keys.command()
@Kid
@Actor
@json_option
def promote(output: Output, kid: str, actor: str) -> None:
    """Let a staged key sign from now on."""
    with an_issuer() as house:
        key = house.desk.promote_key(kid, actor=actor)
        done = published(house, output)
        output.result({**_key(key), "published": done}, f"{key.kid} signs from now on")
        output.published(done)


@keys.command()
@Kid
@Actor
@json_option
def retire(output: Output, kid: str, actor: str) -> None:
    """End a key's signing; what it signed stays valid."""
    with an_issuer() as house:
        key = house.desk.retire_key(kid, actor=actor)
        done = published(house, output)
        output.result({**_key(key), "published": done}, f"{key.kid} is retired; what it signed stays valid")
        output.published(done)


@keys.command()
@Kid
@click.option("--since", type=click.IntRange(min=0), help="Journal entry; what is recorded before it stands.")
@Actor
@json_option
def compromise(output: Output, kid: str, since: int | None, actor: str) -> None:
    """Refuse what a key signed: all, or from entry --since on.

    With --since N, what the journal recorded before entry N stands.
    """
    with an_issuer() as house:
        key = house.desk.compromise_key(kid, since=since, actor=actor)
        affected = house.desk.affected_by(key.kid)
        done = published(house, output)
        output.result(
            {**_key(key), "published": done, "affected": list(affected)},
            "\n".join(
                [
                    f"{key.kid} is compromised: "
                    + (
                        "all it signed is refused"
                        if since is None
                        else f"what entry {since} and later record is refused"
                    ),
                    *(f"  re-key: lcert rekey {number}" for number in affected),
                ]
            ),
        )
        output.published(done)


@keys.command("replace-root")
@click.option("--alg", type=click.Choice(["ES256", "ES384", "Ed25519"]), default="ES256", show_default=True)
@Actor
@json_option
def replace_root(output: Output, alg: str, actor: str) -> None:
    """Put a new root key in the place of the old; both sign.

    Verifiers that pinned the old one follow. Nothing changes when the old one does not open.
    """
    with an_issuer() as house:
        before = house.root_thumbprint
        key = house.desk.replace_root(alg=_ALGORITHMS[alg], actor=actor)
        done = published(house, output, bundle=True)
        output.result(
            {**_key(key), "root": key.thumbprint, "replaces": before, "published": done},
            f"{key.thumbprint} is the root from now on (tell partners; they pin it)\n"
            f"  {before} signed it in, and is retired",
        )
        output.published(done)


@keys.command("renew-trust")
@Actor
@json_option
def renew_trust(output: Output, actor: str) -> None:
    """Sign the trust statement again, for another 400 days.

    The worker does it in time where the root key opens; where the root is kept apart, this is done by hand.
    """
    with an_issuer() as house:
        version = house.desk.renew_trust(actor=actor, early=True)
        done = published(house, output, bundle=True)
        output.result(
            {"version": version, "published": done}, f"version {version} of the trust statement is signed"
        )
        output.published(done)
