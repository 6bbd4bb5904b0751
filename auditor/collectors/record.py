"""Record answers as they come, masked: what storage would not keep is not recorded either."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.collectors.base import Call, Params
from auditor.collectors.recording import FORMAT, text
from auditor.collectors.source import AnswerError, Source, members
from auditor.errors import RecordingError
from auditor.schema import Item, Scope
from auditor.secrets.answers import Recorded

if TYPE_CHECKING:
    from auditor.secrets.masking import Masker

Place = tuple[str, str, str]


class RecordingSource:
    """Wraps a source and keeps what it answered; ``write`` makes the folder."""

    def __init__(self, inner: Source, folder: Path, masker: Masker) -> None:
        if folder.exists():
            raise RecordingError(f"{folder} exists already; --record makes a new folder")
        self.inner, self.folder, self._kept = inner, folder, Recorded(masker)
        self._found: dict[Place, dict[str, list[Any]]] = defaultdict(dict)
        self._lock = threading.Lock()

    def call(self, scope: Scope, call: Call, params: Params) -> Item:
        """Ask, keep the masked answer or the error, and pass it on."""
        named = self._named(call, params)
        try:
            answer = self.inner.call(scope, call, params)
        except AnswerError as error:
            if error.code in call.missing and not call.one:
                raise  # replay says it of any id that has no item
            refusal = {"code": error.code, "message": error.message, "params": named or None,
                       "http_status": error.http_status or 400}  # fmt: skip
            self._keep(scope, call, None, "errors", [refusal])
            raise
        if answer.get("failures"):
            self._keep(scope, call, None, "failures", answer["failures"])
        if call.one or not call.items:
            response = self._kept.whole({k: v for k, v in answer.items() if k != "failures"})
            self._keep(scope, call, None, "answers", [{"params": named, "response": response}])
            return answer
        for member in (call.items, *call.more):
            found = members(answer, member) or []
            suffix = member if call.more else None
            self._keep(scope, call, suffix, "items", [self._kept.whole(one) for one in found])
        return answer

    def _named(self, call: Call, params: Params) -> dict[str, Any]:
        """Return the parameters that identify a request: ids, not the page or what is fixed."""
        named: dict[str, Any] = {}
        for name, value in params.items():
            texts = value if isinstance(value, list) else [value]
            fixed = name in call.fixed or name == call.token[0]
            if not fixed and all(isinstance(one, str) for one in texts):
                ids = [self._kept.text("", one) for one in texts]
                named[name] = ids if isinstance(value, list) else ids[0]
        return named

    def _keep(
        self, scope: Scope, call: Call, member: str | None, kind: str, rows: list[Any]
    ) -> None:
        name = f"{call.service}.{call.operation}" + (f".{member}" if member else "")
        with self._lock:
            kept = self._found[scope.account_id, scope.region, name].setdefault(kind, [])
            kept += [row for row in rows if row not in kept]

    def write(self, manifest: Mapping[str, Any]) -> None:
        """Write the folder, 0700; raise RecordingError where it cannot be made."""
        try:
            self.folder.mkdir(mode=0o700, parents=True)
            for (account, region, name), rows in sorted(self._found.items()):
                target = self.folder / account / region
                target.mkdir(parents=True, exist_ok=True)
                (target / f"{name}.json").write_text(text(rows), encoding="utf-8")
            # Last, since a folder without it is no recording.
            whole = {"format": FORMAT, **manifest}
            (self.folder / "recording.json").write_text(text(whole), encoding="utf-8")
        except OSError as error:
            raise RecordingError(f"{self.folder} cannot be written: {error.strerror}") from None
