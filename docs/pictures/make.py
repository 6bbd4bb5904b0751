"""Take the pictures of the demo's reports, both languages: ``python docs/pictures/make.py``.

Needs Chromium and pdftoppm (poppler-utils).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

HERE = Path(__file__).parent
PAGES = ("1", "2", "4", "7")  # sections beside the cover: summary, coverage, findings, capacity


def main() -> None:
    """Run the demo in each language and write every picture."""
    for language in ("en", "ja"):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "auditor", "demo", "--lang", language, "--out", folder]
            subprocess.run([*command, "--format", "html,pdf", "-q"], check=True)
            end = "" if language == "en" else f"-{language}"
            screens(Path(folder, "report.html"), end)
            pages(Path(folder, "report.pdf"), end)


def screens(report: Path, end: str) -> None:
    """Take the HTML report: top, findings in the dark, a dialog."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for name, scheme in (("report", "light"), ("report-dark", "dark")):
            page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
            page.goto(report.as_uri())
            if scheme == "dark":
                page.locator("#findings").evaluate("e => e.scrollIntoView({behavior: 'instant'})")
            taken(page, f"{name}{end}")
            if scheme == "light":
                page.locator("#rows tbody tr").first.click()
                taken(page, f"report-dialog{end}")
        browser.close()


def taken(page: object, name: str) -> None:
    """Save a screenshot with few colours."""
    path = HERE / f"{name}.png"
    page.screenshot(path=path)  # type: ignore[attr-defined]
    small(Image.open(path)).save(path, optimize=True)


def pages(report: Path, end: str) -> None:
    """Put the cover and the first page of some sections side by side."""
    outline = [one for one in PdfReader(report).outline if not isinstance(one, list)]
    reader = PdfReader(report)
    starts = {re.split(r"\s", one.title)[0]: reader.get_destination_page_number(one) + 1
              for one in outline}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        images = [page_image(report, n, Path(folder)) for n in (1, *(starts[p] for p in PAGES))]
    wide = Image.new(
        "RGB", (sum(i.width + 12 for i in images) + 12, images[0].height + 24), "#94a3b8"
    )
    x = 12
    for image in images:
        wide.paste(image, (x, 12))
        x += image.width + 12
    small(wide).save(HERE / f"report-pdf{end}.png", optimize=True)


def page_image(report: Path, number: int, folder: Path) -> Image.Image:
    """Return one page as an image."""
    out = folder / f"p{number}"
    subprocess.run(
        [
            "pdftoppm",
            "-r",
            "48",
            "-f",
            str(number),
            "-l",
            str(number),
            "-png",
            "-singlefile",
            report,
            out,
        ],
        check=True,
    )
    return Image.open(out.with_suffix(".png")).convert("RGB")


def small(image: Image.Image) -> Image.Image:
    """Return the image with a palette."""
    return image.convert("RGB").quantize(128, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
