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
    "group browser": 90,
    "group site": 45,
    "tests/walks/test_killed.py": 40,
    "tests/walks/test_one_verdict.py": 30,
    "tests/walks/test_whole_path.py": 30,
    "tests/cases/test_corpus.py": 28,
    "tests/walks/test_wrong_input.py": 25,
    "tests/verifier/test_vectors.py": 20,
    "tests/verifier/test_javascript.py": 18,
    "tests/walks/test_backup.py": 20,
    "tests/web/test_api_changes.py": 20,
    "tests/walks/test_point_in_time.py": 18,
    "tests/cases/test_programs.py": 15,
    "tests/fuzz/test_fuzzing.py": 15,
    "tests/fuzz/test_properties.py": 12,
    "tests/hostile/test_runbook.py": 12,
    "tests/test_docs.py": 12,
    "tests/test_partners.py": 12,
    "tests/web/test_serving.py": 12,
    "tests/issuer/badge/test_pictures.py": 12,
}
"""Seconds of what takes longer than its number of tests says. A wrong figure costs some idle time, nothing else."""
_EACH = 0.06


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
