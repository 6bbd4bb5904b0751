"""Microseconds an entry of the detector, on a corpus made from a seed at run time."""

from __future__ import annotations

import random
import time

from auditor.casebench.tokens import MADE, token
from auditor.secrets import classify

NAMES = [
    "DB_PASSWORD",
    "API_KEY",
    "PORT",
    "LOG_LEVEL",
    "JWT_SECRET",
    "QUEUE_URL",
    "STAGE",
    "APP_CONFIG",
]
PLAIN = ["8080", "info", "prod", "https://api.example.com/v1", "true", "orders-prod", "${X}"]


def corpus(size: int, seed: int = 1) -> list[tuple[str, str]]:
    dice = random.Random(seed)
    tokens = [token(name) for name in MADE]
    return [
        (dice.choice(NAMES), dice.choice(tokens if dice.random() < 0.3 else PLAIN))
        for _ in range(size)
    ]


def main() -> None:
    entries = corpus(5_000)
    classify(*entries[0])
    began = time.process_time()
    for name, value in entries:
        classify(name, value)
    spent = time.process_time() - began
    print(f"{spent / len(entries) * 1e6:.0f} microseconds an entry, {len(entries)} entries")
    for size in (1_024, 65_536):
        text = ("password=a1 https://x:y@z " * (size // 20))[:size]
        began = time.process_time()
        classify("CONFIG", text)
        print(f"{size:6} bytes: {(time.process_time() - began) * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
