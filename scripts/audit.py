"""Asks pip-audit whether what is locked has a known vulnerability, and says plainly when nobody answers.

Exit code 0: the service answered, and knows of none. 1: there are some. 2: the service could not be asked, so nothing
is known either way; that is no pass.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("base", "server", "dev")


def judge(code: int, out: str, err: str) -> tuple[int, str]:
    """Exit code and sentence for what pip-audit said."""
    try:
        found = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = err.strip().splitlines()[-1] if err.strip() else f"it ended with {code}"
        return 2, f"NOT AUDITED: the vulnerability service could not be asked ({reason[:300]})"
    known = [
        f"{item['name']} {item['version']}: {', '.join(each['id'] for each in item['vulns'])}"
        for item in found
        if item.get("vulns")
    ]
    if known:
        return 1, "vulnerable: " + "; ".join(known)
    left_out = [item["name"] for item in found if "skip_reason" in item]
    if len(left_out) == len(found):
        return 2, f"NOT AUDITED: the vulnerability service answered about none of {len(found)} packages"
    if left_out:
        return 2, f"NOT AUDITED: no answer about {', '.join(left_out)}"
    return 0, f"{len(found)} packages, none with a known vulnerability"


def main(arguments: list[str]) -> int:
    """`arguments` are handed to pip-audit, e.g. `-s osv`."""
    worst = 0
    for name in SHIPPED:
        lock = ROOT / "requirements" / f"{name}.txt"
        command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "-r", str(lock)]
        command += ["--format=json", "--progress-spinner=off", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        code, sentence = judge(done.returncode, done.stdout, done.stderr)
        print(f"{lock.relative_to(ROOT)}: {sentence}", flush=True)
        worst = max(worst, code)
    return worst


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
