"""What can go wrong, one exception a kind.

    AuditorError                   base; ``exit_code`` says how the command ends
    +-- UsageError                 options, configuration or input files are wrong (exit 2)
    |   +-- ConfigError            ecs-audit.toml, environment or option
    |   +-- RuleError              a rule or case file: ``PATH:LINE: what; what to do``
    |   +-- WaiverError            a waiver file
    |   +-- RecordingError         a recording directory
    +-- WorkError                  the command could not do its work (exit 4)
        +-- CollectionError        no credentials, no scope could be read
        +-- SnapshotError          a database file that is missing, damaged, locked or too new
        +-- RenderError            a requested format could not be written

A refused AWS call is none of these: it becomes a row of ``collection_gaps``.
"""

from __future__ import annotations


class AuditorError(Exception):
    """Base of all errors that a user can do something about; the message is one clear sentence."""

    exit_code = 4


class UsageError(AuditorError):
    """What the user gave is wrong; nothing was collected or written."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is wrong; the message names file, key and remedy."""


class RuleError(UsageError):
    """A rule or case file that cannot be used; the message begins ``PATH:LINE:``."""


class WaiverError(UsageError):
    """A waiver file that cannot be used."""


class RecordingError(UsageError):
    """A recording directory that cannot be replayed; the message names path and key."""


class WorkError(AuditorError):
    """The command could not do its work."""


class CollectionError(WorkError):
    """Nothing could be read from AWS."""


class SnapshotError(WorkError):
    """A database file that cannot be used."""


class RenderError(WorkError):
    """A report that could not be written."""
