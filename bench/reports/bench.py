"""Time and memory of the two reports: ``python -m bench.reports [--quick]``.

Each line is made in a process of its own, so that peak memory is its alone.
"""

from __future__ import annotations

import io
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.reports.sample import report

PDF = {
    "PDF, 40 findings": (40, 20, 100),
    "PDF, 1,000 findings, no cap": (1000, 40, 0),
    "PDF, 5,000 findings, cap 100": (5000, 40, 100),
    "PDF, 5,000 findings, no cap": (5000, 40, 0),
}
HTML = 50_000


def pdf(findings: int, rules: int, cap: int) -> str:
    """Make one PDF; return pages, seconds, megabytes."""
    from pypdf import PdfReader

    from auditor.formats import pdf as form

    made, stream = report(findings, rules, pdf_max_per_rule=cap), io.BytesIO()
    wall, cpu = time.perf_counter(), time.process_time()
    form.write(made, stream)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    pages = len(PdfReader(stream).pages)
    return (f"{pages} pages, {cpu:.1f} s CPU, {wall:.1f} s wall, {cpu / pages:.3f} s a page, "
            f"{peak} MB, {len(stream.getvalue()) / 1e6:.2f} MB file")  # fmt: skip


def html(findings: int) -> str:
    """Make one HTML file and use it in Chromium."""
    from auditor.formats import html as form

    made, stream = report(findings, 70), io.BytesIO()
    wall, cpu = time.perf_counter(), time.process_time()
    form.write(made, stream)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    size = len(stream.getvalue()) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.html")
        path.write_bytes(stream.getvalue())
        return f"{size:.2f} MB file, {cpu:.1f} s CPU to make ({wall:.1f} s wall), {peak} MB; {browsed(path)}"


SEARCH = """words => {
  const q = document.getElementById('q'), seen = [];
  const rows = document.querySelector('#rows tbody');
  const timed = act => new Promise(done => {
    const start = performance.now();
    const watch = new MutationObserver(() => { watch.disconnect(); rows.offsetHeight;
      done(performance.now() - start); });
    watch.observe(rows, {childList: true});
    act();
  });
  return (async () => {
    for (const word of words) seen.push(await timed(() => {
      q.value = word; q.dispatchEvent(new Event('input')); }));
    for (const name of ['resource', 'severity']) seen.push(await timed(() =>
      document.querySelector(`[data-sort=${name}]`).click()));
    return seen;
  })();
}"""


def browsed(path: Path) -> str:
    """Return when the page can be used, and how long searching and sorting take."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page = browser.new_page()
        page.goto(path.as_uri())
        ready = page.evaluate("performance.getEntriesByName('ready')[0].startTime")
        first, *later, resource_sort, severity_sort = page.evaluate(
            SEARCH, ["checkout password", "billing-0", "ledger token"]
        )
        heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        nodes = page.evaluate("document.getElementsByTagName('*').length")
        browser.close()
    return (f"usable after {ready:.0f} ms, search {first:.0f} ms then {max(later):.0f} ms, "
            f"sort {max(resource_sort, severity_sort):.0f} ms, heap {heap:.0f} MB, {nodes} nodes")  # fmt: skip


def alone(name: str, work: Callable[..., str], *given: int) -> None:
    """Print the figures of one piece of work done in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(f"{name}: {pool.apply(work, given)}", flush=True)


def main() -> None:
    """Print every line; --quick leaves out those over 1,000 findings."""
    for name, given in PDF.items():
        if "--quick" not in sys.argv or given[0] <= 1000:
            alone(name, pdf, *given)
    alone(f"HTML, {HTML:,} findings", html, HTML)
