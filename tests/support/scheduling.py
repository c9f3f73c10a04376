"""How tests are shared out between worker processes: a file stays on one worker, and so do files of one group.

Files are in a group when they say `xdist_group("name")`; they then share fixtures of the session, which would otherwise
be made once a worker. (pytest-xdist's own `--dist loadgroup` does not see groups under pytest 9.2.)
"""

from __future__ import annotations

import re
from functools import cache

from tests.support.system import ROOT
from xdist.scheduler import LoadScopeScheduling

__all__ = ["ByFileOrGroup"]

_GROUP = re.compile(r"^pytestmark = .*xdist_group\(\"([^\"]+)\"\)", re.MULTILINE)


class ByFileOrGroup(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid.split("::", 1)[0])


@cache
def _scope(path: str) -> str:
    found = _GROUP.search((ROOT / path).read_text(encoding="utf-8"))
    return f"group {found.group(1)}" if found else path
