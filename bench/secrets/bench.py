"""Measure the classifier on a seeded corpus; compare with detect-secrets where it is installed.

python -m bench.secrets.bench [--seed N] [--size N] [--misses]
"""

from __future__ import annotations

import argparse
import time

from auditor.secrets import Verdict, classify
from bench.secrets.corpus import Entry, corpus
from bench.secrets.score import groups, score

MEDIUM = ("high", "medium")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", type=int, default=40)
    parser.add_argument("--misses", action="store_true", help="print what was judged wrongly")
    given = parser.parse_args()
    classify("WARM_UP", "x")
    for half, entries in corpus(given.seed, given.size).items():
        start = time.process_time()
        verdicts = [classify(e.name, e.value, e.where) for e in entries]
        spent = (time.process_time() - start) / len(entries)
        report(half, entries, verdicts, spent)
        if given.misses:
            misses(entries, verdicts)
        other(entries)


def report(half: str, entries: list[Entry], verdicts: list[Verdict], spent: float) -> None:
    pairs = list(zip(entries, verdicts, strict=True))
    print(f"\n{half}: {len(entries)} entries, {spent * 1e6:.0f} us an entry")
    print(f"  medium and up  {score((e.secret, hit(v, MEDIUM)) for e, v in pairs)}")
    print(f"  high alone     {score((e.secret, hit(v, ('high',))) for e, v in pairs)}")
    for group in groups([e.group for e in entries]):
        chosen = [(e, v) for e, v in pairs if e.group == group]
        same = sum(e.cls == v.cls for e, v in chosen) / len(chosen)
        print(
            f"  {group:16} {score((e.secret, hit(v, MEDIUM)) for e, v in chosen)}, class {same:.3f}"
        )


def hit(verdict: Verdict, confidences: tuple[str, ...]) -> bool:
    return verdict.cls == "secret" and verdict.confidence in confidences


def misses(entries: list[Entry], verdicts: list[Verdict]) -> None:
    for entry, verdict in zip(entries, verdicts, strict=True):
        if entry.secret != hit(verdict, MEDIUM) or entry.cls != verdict.cls:
            print(f"    {entry.cls} judged {verdict.cls}/{verdict.confidence}: {entry}")


def other(entries: list[Entry]) -> None:
    """Score detect-secrets on the same entries, as lines ``NAME = "value"``."""
    try:
        from detect_secrets.core.scan import scan_line
        from detect_secrets.settings import default_settings
    except ImportError:
        print("  detect-secrets is not installed")
        return
    start = time.process_time()
    with default_settings():
        found = [bool(list(scan_line(line(entry)))) for entry in entries]
    spent = (time.process_time() - start) / len(entries)
    pairs = ((e.secret, f) for e, f in zip(entries, found, strict=True))
    print(f"  detect-secrets {score(pairs)}, {spent * 1e6:.0f} us an entry")


def line(entry: Entry) -> str:
    value = " ".join(entry.value) if isinstance(entry.value, list) else entry.value
    return f'{entry.name} = "{value}"'


if __name__ == "__main__":
    main()
