"""`python -m bench.reading_path [ROUNDS]`: a record by nginx out of the published folder, and by `lcert serve public`.

One worker process each, `wrk` with one thread and eight connections, in turns (needs nginx and wrk).
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from .programmes import a_house, drafts

SECONDS = 3
NGINX = """worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; types {{ application/json json; }}
  server {{ listen 127.0.0.1:{port}; root {root}; add_header Cache-Control "public, max-age=30"; }} }}
"""


def main(rounds: int) -> int:
    if shutil.which("nginx") is None or shutil.which("wrk") is None:
        print("needs nginx and wrk", file=sys.stderr)
        return 1
    with ExitStack() as stack:
        house = stack.enter_context(a_house())
        number = house.desk.issue_many(drafts(20))[7].number
        house.publisher.publish()
        home = house.settings.home
        public, ports = home / "public", (8080, 8095)
        for folder in (home.parent, home, public):
            folder.chmod(0o755)
        lcert = [str(Path(sys.executable).parent / "lcert"), "serve", "public"]
        environment = {**os.environ, "LCERT_HOME": str(home), "LCERT_RATE_LIMIT": "1000000/1"}
        configuration = home / "nginx.conf"
        configuration.write_text(NGINX.format(folder=home, port=ports[1], root=public))
        programs = {
            "lcert serve public": (lcert, environment, ports[0]),
            "nginx": (["nginx", "-p", str(home), "-c", str(configuration)], dict(os.environ), ports[1]),
        }
        rates: dict[str, list[float]] = {name: [] for name in programs}
        for name, (command, given, port) in programs.items():
            process = subprocess.Popen(
                command, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait, 20)
            stack.callback(process.terminate)
            _await(name, process, f"http://127.0.0.1:{port}/c/{number}.json")
        for _ in range(rounds):
            for name, (_, _, port) in programs.items():
                rates[name].append(_rate(f"http://127.0.0.1:{port}/c/{number}.json"))
        for name, found in rates.items():
            print(f"| {name} | {statistics.median(found):,.0f} ({min(found):,.0f}-{max(found):,.0f}) |")
    print("load:", *(f"{load:.1f}" for load in os.getloadavg()))
    return 0


def _await(name: str, process: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise OSError(f"{name} ended")
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise OSError(f"{name} does not answer")


def _rate(url: str) -> float:
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}s", url]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    assert "Non-2xx" not in done.stdout, done.stdout
    return float(found[1])


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if sys.argv[1:] else 5))
