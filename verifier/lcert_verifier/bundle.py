"""The offline trust bundle: read, check, update without rollback."""

from __future__ import annotations

from .bundle_file import write_bundle

__all__ = ["write_bundle"]
