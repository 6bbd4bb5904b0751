"""What is said on stderr: sentences for people, or one JSON object a line."""

from __future__ import annotations

import datetime
import json
import logging
import sys

LOG = logging.getLogger("ecs-audit")
# Debug lines of these print requests and answers, account data included.
TALKATIVE = ("botocore", "boto3", "urllib3")


class _Sentence(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        source = "" if record.name == LOG.name else f"{record.levelname.lower()} {record.name}: "
        prefix = source or f"{LOG.name}: "
        return prefix + record.getMessage()


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {"time": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "level": record.levelname.lower(),
                "logger": record.name, "message": record.getMessage()}  # fmt: skip
        return json.dumps(line, ensure_ascii=False)


def configure(verbose: int = 0, *, quiet: bool = False, as_json: bool = False) -> None:
    """Send notices and logs to stderr; ``verbose`` 1 adds logs of the program, 2 debug lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if as_json else _Sentence())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    root.setLevel(level)
    LOG.setLevel(logging.WARNING if quiet else logging.INFO)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.INFO))


def note(sentence: str) -> None:
    """Say what was done; ``--quiet`` leaves it out."""
    LOG.info("%s", sentence)


def warn(sentence: str) -> None:
    """Say what a reader must know, with ``--quiet`` too."""
    LOG.warning("%s", sentence)


def fail(sentence: str) -> None:
    """Say why a command could not do its work."""
    LOG.error("%s", sentence)
