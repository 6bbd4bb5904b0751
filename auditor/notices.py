"""What is said on stderr: sentences for people, or one JSON object a line."""

from __future__ import annotations

import datetime
import json
import logging
import sys

from auditor.output import visible

LOG = logging.getLogger("ecs-audit")
# Debug lines of these print requests and answers, account data included.
TALKATIVE = ("botocore", "boto3", "urllib3")


class _Sentence(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        source = "" if record.name == LOG.name else f"{record.levelname.lower()} {record.name}: "
        prefix = source or f"{LOG.name}: "
        # Names and messages of the account may stand in it.
        return visible(prefix + record.getMessage(), "\n\t")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {"time": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "level": record.levelname.lower(),
                "logger": record.name, "message": record.getMessage()}  # fmt: skip
        return json.dumps(line, ensure_ascii=False)


_warned: set[str] = set()
_asked = {"verbose": 0, "quiet": False, "as_json": False}


def raised(verbose: int, *, quiet: bool, as_json: bool) -> None:
    """Lay the configuration file's wishes beside those of the command line."""
    configure(max(verbose, _asked["verbose"]), quiet=quiet or bool(_asked["quiet"]),
              as_json=as_json or bool(_asked["as_json"]))  # fmt: skip


def configure(verbose: int = 0, *, quiet: bool = False, as_json: bool = False) -> None:
    """Send notices and logs to stderr; ``verbose`` 1 adds logs of the program, 2 debug lines."""
    _asked.update(verbose=verbose, quiet=quiet, as_json=as_json)
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
    """Say what a reader must know, with ``--quiet`` too, and once."""
    if sentence not in _warned:
        _warned.add(sentence)
        LOG.warning("%s", sentence)


def fail(sentence: str) -> None:
    """Say why a command could not do its work."""
    LOG.error("%s", sentence)
