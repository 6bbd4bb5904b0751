"""Take the pictures of a report: ``python docs/pictures/make.py ecs-audit-out``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent


def main(folder: Path) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for name, scheme in (("report", "light"), ("report-dark", "dark")):
            page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme=scheme)
            page.goto((folder / "report.html").resolve().as_uri())
            page.screenshot(path=HERE / f"{name}.png")
            if scheme == "light":
                page.locator("#rows tbody tr").first.click()
                page.screenshot(path=HERE / "report-dialog.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
