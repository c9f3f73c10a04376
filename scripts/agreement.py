"""Holds base against `fast`, and recognising against parsing, on any number of varied tokens (a million by default).

`python -m scripts.agreement [COUNT [SEED]]`: each varied payload is signed and judged twice, by the standard library
with every token parsed and by the faster ones with every token looked at; the whole Reports must be equal. After each
come two that are the same token damaged as text. Prints the seed, and the first token that tells them apart.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.evidence import World, make_world
from tests.support.spellings import varied

from lcert_verifier import Verifier, codec

__all__ = ["main"]

_NEVER = 10**9


def damaged(token: str, chance: random.Random) -> str:
    place = chance.randrange(len(token))
    letter = chance.choice("ABab01-_+/=. \n\u00e9")
    return token[:place] + letter + token[place + chance.randrange(2) :]


def tokens(world: World, chance: random.Random) -> Iterator[str]:
    """Without end: a varied payload signed, and twice that token damaged."""
    for securing, text in varied(chance):
        token = world.token(securing, payload=text.encode("utf-8", "surrogatepass"))
        yield token
        yield damaged(token, chance)
        yield damaged(token, chance)


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 1_000_000
    seed = int(arguments[1]) if len(arguments) > 1 else random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    chance, world = random.Random(seed), make_world()

    def verifier(patience: int) -> Verifier:
        made = world.verifier()
        made._spelling._left = patience
        return made

    careful, quick = verifier(_NEVER), verifier(0)
    begun, codes = time.monotonic(), dict[str, int]()
    for n, token in enumerate(islice(tokens(world, chance), count), start=1):
        codec.use("base")
        one = careful.verify(token)
        codec.use("fast")
        other = quick.verify(token)
        if one != other or json.dumps(one.to_json()) != json.dumps(other.to_json()):
            print(f"{one.code.value} against {other.code.value}: {token}")
            return 1
        codes[one.code.value] = codes.get(one.code.value, 0) + 1
        if n % 50_000 == 0:
            print(f"{n:,} of {count:,} after {time.monotonic() - begun:.0f} s", flush=True)
    print(f"{count:,} tokens, no difference: {codes}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
