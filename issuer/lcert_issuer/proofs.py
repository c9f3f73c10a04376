"""Journal proofs for tokens signed by a compromised key: those recorded before the compromise can be shown to stand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lcert_keys import Key
from lcert_verifier.jose import b64u_encode
from lcert_verifier.merkle import Node, inclusion_path
from lcert_verifier.published import proof_path
from lcert_verifier.vocabulary import KeyPurpose, KeyState

from .registry.models import EditionRow, JournalRow, TokenRow

__all__ = ["compromise_proofs"]


def compromise_proofs(session: Session, keys: Iterable[Key], node: Node) -> Iterator[tuple[str, bytes]]:
    """Path and JSON of a proof for each token under issuer keys marked compromised since a journal position.

    Each is made against the tree (size, root) that the trust statement names for the key. Tokens recorded after
    that tree have no proof; neither have those under a key that is refused as a whole.
    """
    for key in keys:
        if key.purpose is not KeyPurpose.ISSUER or key.state is not KeyState.COMPROMISED or key.size is None:
            continue
        query = (
            select(TokenRow.digest, JournalRow.position, JournalRow.entry)
            .join(EditionRow, EditionRow.credential_id == TokenRow.credential_id)
            .join(JournalRow, JournalRow.position == EditionRow.issued_position)
            .where(TokenRow.kid.in_((key.kid, key.thumbprint)), JournalRow.position < key.size)
            .order_by(JournalRow.position, TokenRow.digest)
        )
        for row in session.execute(query):
            proof = {
                "position": row.position,
                "entry": b64u_encode(row.entry),
                "path": [b64u_encode(step) for step in inclusion_path(row.position, key.size, node)],
            }
            yield proof_path(row.digest), json.dumps(proof, separators=(",", ":")).encode()
