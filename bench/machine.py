"""What was measured on: kind of processor, cores and versions; no names of machines or people."""

from __future__ import annotations

import os
import platform
import re
import ssl
import zlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["describe"]

PACKAGES = ("cryptography", "pybase64", "zlib-ng", "sqlalchemy", "pillow", "flask")


def describe() -> list[str]:
    """Facts, one a line."""
    lines = [
        f"{_processor()}, {os.cpu_count()} cores, {_memory()}, {platform.system()} {_release()}",
        f"{platform.python_implementation()} {platform.python_version()}, zlib {zlib.ZLIB_RUNTIME_VERSION}, "
        f"{ssl.OPENSSL_VERSION.rsplit(' ', 3)[0]} beside the one inside cryptography",
    ]
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} absent")
    return [*lines, ", ".join(found)]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return match.group(1).strip() if match else platform.machine()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (ValueError, OSError):
        return "memory unknown"


def _release() -> str:
    return ".".join(platform.release().split("-")[0].split(".")[:2])
