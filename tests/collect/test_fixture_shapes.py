"""Recorded answers of fixtures are answers that AWS could give: names and types of the SDK's models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from auditor.collectors import collectors
from auditor.collectors.answers import _enveloped
from auditor.collectors.recording import read
from auditor.collectors.shaping import shaped
from tests.conftest import ROOT

SESSION = botocore.session.get_session()
CALLS = {
    f"{call.service}.{call.operation}": call for c in collectors().values() for call in c.calls
}
# Fixtures leave out what nothing reads, and their ids are short.
LEFT_OUT = ("Missing required parameter", "Invalid length")
RECORDINGS = sorted(
    path.parent for path in (ROOT / "fixtures").rglob("recording.json") if path.is_file()
)


def errors(name: str, answer: dict[str, Any]) -> list[str]:
    """Return what the model of an operation finds wrong with an answer."""
    service, operation, *_ = name.split(".")
    shape = SESSION.get_service_model(service).operation_model(operation).output_shape
    report = ParamValidator().validate(shaped(answer, shape), shape).generate_report()
    return [f"{name}: {line}" for line in report.splitlines() if not line.startswith(LEFT_OUT)]


def answers_of(name: str, items: list[Any]) -> list[dict[str, Any]]:
    """Return the answers that hold these items: one, or one each where a call takes one id."""
    service, operation, *member = name.split(".")
    call = CALLS[f"{service}.{operation}"]
    if call.one:
        shape = SESSION.get_service_model(service).operation_model(operation).output_shape
        return [dict(_enveloped(item, shape.members)) for item in items]
    first, _, inner = (member[0] if member else call.items or "").partition(".")
    return [{first: [{inner: items}] if inner else items}]


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda p: str(p.relative_to(ROOT / "fixtures")))
def test_recorded_answers_have_the_shapes_of_the_api(folder: Path) -> None:
    wrong = []
    for operations in read(folder).scopes.values():
        for name, found in operations.items():
            answers = [answer.response for answer in found.answers]
            answers += answers_of(name, found.items or [])
            wrong += [error for answer in answers for error in errors(name, answer)]
    assert not wrong, "\n".join(wrong[:20])
