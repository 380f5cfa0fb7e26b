"""The README's two pictures of the page, `docs/report-desktop.png` and `docs/report-phone.png`.

    ordering report
    python docs/screenshots.py report/report.html

Needs playwright (in the `test` extra) and a Chromium.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

SIZES = {"desktop": (1280, 1060), "phone": (390, 844)}
COLOURS = 256
"""Enough for a page of few colours, and a quarter of the size."""


def main(page: Path, folder: Path) -> None:
    """Take both pictures."""
    browsers = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, browsers), None), args=["--no-sandbox"]
        )
        for name, (width, height) in SIZES.items():
            view = browser.new_page(
                viewport={"width": width, "height": height}, device_scale_factor=2 if name == "phone" else 1.5
            )
            view.goto(page.resolve().as_uri())
            if name == "phone":
                view.goto(f"{page.resolve().as_uri()}#f--hardswish")
                view.wait_for_timeout(300)
                view.evaluate("document.activeElement.blur()")
            picture = Image.open(io.BytesIO(view.screenshot())).convert("RGB")
            file = folder / f"report-{name}.png"
            picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
            print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent)
