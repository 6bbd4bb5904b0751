"""Loads once what every command loads; ``tests.forks`` forks commands from a process that did."""

import gc

import auditor.api
import auditor.collection
import auditor.commands.judging
import auditor.formats.html
import auditor.formats.pdf
import auditor.origins
import auditor.snapshot.merge
import auditor.snapshot.records  # noqa: F401 - imported for what importing it loads
from auditor import catalog
from auditor.analyses.iam import catalogue
from auditor.rules import load_all
from auditor.snapshot import parse

catalog.readable()
catalogue.index()
load_all()
# A connection does not outlive a fork: its threads stay behind.
parse._parser().close()
parse._parser.cache_clear()
# What is shared with the forks is not looked through again, and so stays shared.
gc.freeze()
