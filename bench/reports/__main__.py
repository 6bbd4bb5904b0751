"""Measure the reports: ``python -m bench.reports [--quick]``.

Each PDF and HTML is rendered in a process of its own, so peak memory is that report's; CPU seconds
include the start of Python and of WeasyPrint. The page is then timed inside headless Chromium.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.reports.sample import folder, report

CASES = (  # name, format, findings, cap per rule, target CPU seconds, target MB of memory
    ("PDF, 40 findings", "pdf", 40, 100, 5, 250),
    ("PDF, 1,000 findings uncapped", "pdf", 1_000, 0, 20, 450),
    ("PDF, 5,000 findings, cap 100", "pdf", 5_000, 100, 50, 1_100),
    ("PDF, 5,000 findings uncapped", "pdf", 5_000, 0, 65, 1_400),
    ("HTML, 50,000 findings", "html", 50_000, 100, 3, 1_000),
)
PAGE = re.compile(rb"/Type\s*/Page\b")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", nargs=3, metavar=("FORMAT", "COUNT", "CAP"))
    parser.add_argument("--quick", action="store_true", help="only the small PDF and the HTML")
    given = parser.parse_args()
    if given.one:
        form, count, cap = given.one
        print(json.dumps(one(form, int(count), int(cap))))
        return
    print(
        f"{'':32} {'CPU s':>7} {'target':>7} {'MB peak':>8} {'target':>7} {'file MB':>8} {'pages':>6}"
    )
    for name, form, count, cap, seconds, memory in CASES:
        if given.quick and form == "pdf" and count > 40:
            continue
        got = child(form, count, cap)
        print(f"{name:32} {got['cpu']:7.1f} {seconds:7} {got['rss']:8.0f} {memory:7} "
              f"{got['size']:8.2f} {got['pages']:6}", flush=True)  # fmt: skip
    for name, figure in in_chromium(folder() / "50000.html").items():
        print(f"{name:32} {figure:7.0f}")


def child(form: str, count: int, cap: int) -> dict[str, float]:
    """Render in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.reports", "--one", form, str(count), str(cap)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    return found


def one(form: str, count: int, cap: int) -> dict[str, float]:
    """Render one report; CPU seconds are those of the format alone with its imports."""
    made = report(count, per_rule_limit=cap)
    before = time.process_time()
    from auditor.formats import load

    path = folder() / f"{count}.{form}"
    with path.open("wb") as stream:
        load(form).write(made, stream)
    spent = time.process_time() - before
    data = path.read_bytes()
    return {
        "cpu": spent,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "size": len(data) / 1e6,
        "pages": pages(path) if form == "pdf" else 0,
    }


def pages(path: Path) -> int:
    from pypdf import PdfReader

    return len(PdfReader(path).pages)


def in_chromium(path: Path) -> dict[str, float]:
    """Return milliseconds until the rows stand, and of two searches and a sort."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        began = time.perf_counter()
        page.goto(path.resolve().as_uri())
        page.locator("#rows tbody tr").first.wait_for()
        ready = (time.perf_counter() - began) * 1000
        first, again = (page.evaluate(SEARCH, word) for word in ("team-13", "service-4 eu-west-1"))
        sort = page.evaluate(SORT)
        heap = page.evaluate("performance.memory ? performance.memory.usedJSHeapSize / 1e6 : 0")
        browser.close()
    return {"ready, ms": ready, "first search, ms": first, "next search, ms": again,
            "sort, ms": sort, "heap, MB": heap}  # fmt: skip


SEARCH = """word => { const box = document.querySelector('#q'); box.value = word;
  const began = performance.now();
  box.dispatchEvent(new Event('input', {bubbles: true}));
  document.querySelector('#rows').getBoundingClientRect();
  return performance.now() - began; }"""
SORT = """() => { const head = document.querySelector('#rows thead button');
  const began = performance.now(); head.click();
  document.querySelector('#rows').getBoundingClientRect();
  return performance.now() - began; }"""

if __name__ == "__main__":
    main()
