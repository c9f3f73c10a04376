"""The verifier service stands alone: neither the issuer nor keys nor a database come with it."""

from __future__ import annotations

import subprocess
import sys


def test_the_verifier_service_imports_nothing_of_the_issuer() -> None:
    code = (
        "import sys, lcert_web.verifier, lcert_web.serving\n"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in"
        " ('lcert_issuer', 'lcert_keys', 'sqlalchemy', 'alembic', 'PIL', 'qrcode', 'uharfbuzz')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_public_site_imports_no_signer_and_nothing_that_changes_a_database() -> None:
    code = (
        "import sys, lcert_web.public\n"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in ('lcert_keys', 'alembic')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
