"""How tests are shared out between worker processes: a file stays on one worker, and so do files of one group.

Files are in a group when they say `xdist_group("name")`; they then share fixtures of the session, which would otherwise
be made once a worker. (pytest-xdist's own `--dist loadgroup` does not see groups under pytest 9.2.) What takes longest
comes first, so that no worker is left alone at the end with a long file.
"""

from __future__ import annotations

import re
from functools import cache

from tests.support.system import ROOT
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

__all__ = ["ByFileOrGroup"]

_GROUP = re.compile(r"^pytestmark = .*xdist_group\(\"([^\"]+)\"\)", re.MULTILINE)
_LONG = {
    "group browser": 115,
    "group site": 52,
    "tests/walks/test_whole_path.py": 48,
    "tests/walks/test_killed.py": 45,
    "tests/verifier/test_javascript.py": 20,
    "tests/issuer/test_storage_s3.py": 18,
    "tests/issuer/test_lifecycle.py": 18,
    "tests/walks/test_degradation.py": 17,
    "group demo": 16,
    "tests/cases/test_corpus.py": 16,
    "tests/walks/test_wrong_input.py": 16,
    "tests/issuer/test_publish.py": 15,
    "tests/issuer/test_webhooks_sent.py": 15,
    "tests/web/test_patience.py": 30,
    "tests/issuer/test_issuance.py": 13,
    "tests/walks/test_command_output.py": 40,
    "tests/web/test_api_changes.py": 13,
    "tests/walks/test_webhooks.py": 12,
    "tests/issuer/test_watching.py": 10,
    "tests/web/test_api_fuzz.py": 10,
    "tests/walks/test_key_rotation.py": 10,
    "tests/issuer/test_slots.py": 9,
    "tests/walks/test_backup.py": 8,
    "tests/issuer/test_listcolumns.py": 8,
    "tests/issuer/test_desk.py": 8,
    "tests/walks/test_operations.py": 7,
    "tests/verifier/test_vectors.py": 6,
    "tests/web/test_quotas.py": 6,
    "tests/verifier/test_agreement.py": 6,
    "tests/fuzz/test_fuzzing.py": 6,
    "tests/hostile/test_runbook.py": 6,
    "tests/cases/test_programs.py": 6,
    "tests/issuer/badge/test_pictures.py": 6,
    "tests/web/test_serving.py": 5,
}
"""Seconds of what takes longer than its number of tests says. A wrong figure costs some idle time, nothing else."""
_EACH = 0.03


class ByFileOrGroup(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid.split("::", 1)[0])

    def _assign_work_unit(self, node: WorkerController) -> None:
        longest = max(self.workqueue, key=lambda scope: _LONG.get(scope, _EACH * len(self.workqueue[scope])))
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)


@cache
def _scope(path: str) -> str:
    found = _GROUP.search((ROOT / path).read_text(encoding="utf-8"))
    return f"group {found.group(1)}" if found else path
