"""Record answers as they come, masked: what storage would not keep is not recorded either."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from auditor.collectors.base import Call, Params
from auditor.collectors.reader import AnswerError, Source, members
from auditor.collectors.recording import FORMAT, text
from auditor.errors import RecordingError
from auditor.schema import Item, Scope
from auditor.secrets.masking import UNCLASSIFIED, Masker, masked

# Where free text stands: member -> place of the classifier.
PAIRS = {"environment": "environment", "tags": "tags", "Tags": "tags", "properties": "logOptions"}
OPTIONS = {"options": "logOptions", "dockerLabels": "dockerLabels", "driverOpts": "logOptions",
           "labels": "dockerLabels"}  # fmt: skip
WORDS = {"command": "command", "entryPoint": "entryPoint"}
NAMES = ("name", "key", "Key")
Place = tuple[str, str, str]


class RecordingSource:
    """Wraps a source and keeps what it answered; ``write`` makes the folder."""

    def __init__(self, inner: Source, folder: Path, masker: Masker) -> None:
        if folder.exists():
            raise RecordingError(f"{folder} exists already; --record makes a new folder")
        self.inner, self.folder, self.masker = inner, folder, masker
        self._found: dict[Place, dict[str, list[Any]]] = defaultdict(dict)
        self._lock = threading.Lock()

    def call(self, scope: Scope, call: Call, params: Params) -> Item:
        """Ask, keep the masked answer or the error, and pass it on."""
        named = {k: v for k, v in params.items() if k == call.one}
        try:
            answer = self.inner.call(scope, call, params)
        except AnswerError as error:
            refusal = {"code": error.code, "message": error.message, "params": named or None,
                       "http_status": error.http_status or 400}  # fmt: skip
            self._keep(scope, call, None, "errors", [refusal])
            raise
        lists = (call.items, *call.more) if call.more else (call.items,)
        for member in lists if call.items else ():
            suffix = member if call.more else None
            found = members(answer, member or "") or []
            self._keep(scope, call, suffix, "items", [self._masked(one) for one in found])
        if answer.get("failures"):
            self._keep(scope, call, None, "failures", answer["failures"])
        if not call.items:
            response = self._masked({k: v for k, v in answer.items() if k != "failures"})
            self._keep(scope, call, None, "answers", [{"params": named, "response": response}])
        return answer

    def _keep(
        self, scope: Scope, call: Call, member: str | None, kind: str, rows: list[Any]
    ) -> None:
        name = f"{call.service}.{call.operation}" + (f".{member}" if member else "")
        with self._lock:
            kept = self._found[scope.account_id, scope.region, name].setdefault(kind, [])
            kept += [row for row in rows if row not in kept]

    def _masked(self, value: Any, key: str = "") -> Any:
        if key in PAIRS:
            return self._listed(value, lambda one: self._pair(one, PAIRS[key]))
        if key in OPTIONS:
            return self._options(value, OPTIONS[key])
        if key in WORDS:
            return self._words(value, WORDS[key])
        if key == "UserData":
            return self._user_data(value)
        if isinstance(value, Mapping):
            return {k: self._masked(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self._masked(one) for one in value]
        if isinstance(value, str):
            return self.masker.unless_secret(key, value)
        return value

    def _listed(self, value: Any, each: Callable[[Any], Any]) -> Any:
        """Mask a list; what stands in its place in an answer of another shape is not kept."""
        if value is None:
            return None
        return [each(one) for one in value] if isinstance(value, list) else masked(UNCLASSIFIED)

    def _pair(self, pair: Any, where: str) -> Any:
        name = next((pair[k] for k in NAMES if k in pair), "") if isinstance(pair, Mapping) else 0
        if not isinstance(name, str):
            return masked(UNCLASSIFIED)
        return {
            k: self.masker.for_recording(name, v, where)
            if k in ("value", "Value")
            else self._masked(v)
            for k, v in pair.items()
        }

    def _options(self, value: Any, where: str) -> Any:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            return masked(UNCLASSIFIED)
        return {k: self.masker.for_recording(k, v, where) for k, v in value.items()}

    def _words(self, value: Any, where: str) -> Any:
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            return masked(UNCLASSIFIED)
        return self.masker.words_for_recording(value, where)

    def _user_data(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: self._user_data(v) for k, v in value.items()}
        return self.masker.user_data_for_recording(value)

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
