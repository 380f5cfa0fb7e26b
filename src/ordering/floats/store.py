"""Where certificates are kept, so that a scan is made once."""

from __future__ import annotations

from pathlib import Path

import platformdirs


class Store:
    """A folder of certificates; by default under the platform's cache directory."""

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = (
            Path(path) if path is not None else platformdirs.user_cache_path("ordering") / "certificates"
        )
