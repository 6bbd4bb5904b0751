"""Answer from a recording inside botocore, so that paging, batching and errors are exercised."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import boto3
from botocore.config import Config

from auditor.collectors import collectors
from auditor.collectors.base import Call, Params
from auditor.collectors.client import call_client
from auditor.collectors.recording import Answer, Operation, Recording, Refusal
from auditor.collectors.run import GLOBAL
from auditor.schema import Item, Scope, dig

FILTERS = {
    "image-id": "ImageId",
    "group-id": "GroupId",
    "attachment.instance-id": "Attachment.InstanceId",
}
STATES = {
    ("ecs.ListTaskDefinitions", "status"): "ACTIVE",
    ("ecs.ListTasks", "desiredStatus"): "RUNNING",
}


class Reply(NamedTuple):
    """What botocore looks at of an HTTP response."""

    status_code: int


class ReplaySource:
    """Answers of a recording; one boto3 client a scope and service, reused for all recordings."""

    _clients: dict[tuple[str, str, str], Any] = {}  # noqa: RUF012 - one a process: they cost 0.1 s
    _session: Any = None

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def call(self, scope: Scope, call: Call, params: Params) -> Item:
        """Ask the recording; raise AnswerError as AWS would make it."""
        client, holder = self._client(scope, call.service)
        holder["recording"] = self.recording
        return call_client(client, call, params)

    def _client(self, scope: Scope, service: str) -> tuple[Any, dict[str, Any]]:
        key = (scope.account_id, scope.region, service)
        if key not in self._clients:
            if ReplaySource._session is None:
                ReplaySource._session = boto3.Session("replay", "replay")
            region = scope.region
            if region == GLOBAL:
                region = "cn-north-1" if scope.partition == "aws-cn" else "us-east-1"
            client = self._session.client(
                service, region_name=region, config=Config(retries={"total_max_attempts": 1})
            )
            holder = {"scope": scope}
            _hook(client, service, holder)
            self._clients[key] = (client, holder)
        found: tuple[Any, dict[str, Any]] = self._clients[key]
        return found


def _hook(client: Any, service: str, holder: dict[str, Any]) -> None:
    def keep(params: Any, context: dict[str, Any], **_: Any) -> None:
        context["asked"] = params

    def answer(model: Any, context: dict[str, Any], **_: Any) -> tuple[Reply, dict[str, Any]]:
        scope = holder["scope"]
        status, body = reply(holder["recording"], scope, service, model, context["asked"])
        return Reply(status), {**body, "ResponseMetadata": {"HTTPStatusCode": status}}

    client.meta.events.register("provide-client-params.*.*", keep)
    client.meta.events.register("before-call.*.*", answer)


def reply(
    recording: Recording, scope: Scope, service: str, model: Any, asked: Mapping[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Return (HTTP status, parsed body) of a request."""
    operations = recording.scopes.get((scope.account_id, scope.region), {})
    name = f"{service}.{model.name}"
    call = _calls()[f"{service}:{model.name}"]
    found = operations.get(name)
    lists = {
        m: operations[f"{name}.{m}"]
        for m in (call.items, *call.more)
        if f"{name}.{m}" in operations
    }
    for operation in (found, *lists.values()):
        for refusal in operation.errors if operation else ():
            if refusal.params is None or _matches(refusal.params, asked):
                return _error(refusal)
    if lists:
        return 200, _several(call, lists, asked)
    if found is None:
        if recording.empty_answers and call.items:
            return 200, _paged([], call, asked)
        if recording.empty_answers and call.one:
            return _none(call)
        return _error(Refusal("NotRecorded", f"{name} is not in the recording", 404))
    if found.items is None:
        return _whole(found, call, asked, recording.empty_answers, name)
    body = _listed(found, call, asked, operations, name, model)
    if recording.empty_answers:
        body.pop("failures", None)
    return 200, body


def _calls() -> dict[str, Call]:
    return {call.name: call for c in collectors().values() for call in c.calls}


def _error(refusal: Refusal) -> tuple[int, dict[str, Any]]:
    return refusal.http_status, {"Error": {"Code": refusal.code, "Message": refusal.message}}


def _none(call: Call) -> tuple[int, dict[str, Any]]:
    if call.absent:
        return _error(Refusal(call.absent[0], "has none", 404))
    return 200, {}


def _matches(recorded: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    return all(_same(value, asked.get(key)) for key, value in recorded.items())


def _same(one: Any, other: Any) -> bool:
    """Compare ids that may be given as a name, an id or an ARN."""
    if one == other:
        return True
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return one.rsplit("/", 1)[-1] == other.rsplit("/", 1)[-1] and (
        one.startswith("arn:") != other.startswith("arn:")
    )


def _whole(
    found: Operation, call: Call, asked: Mapping[str, Any], empty: bool, name: str
) -> tuple[int, dict[str, Any]]:
    for answer in found.answers:
        if _matches(answer.params, asked):
            return 200, _encoded(answer)
    if empty and call.one:
        return _none(call)
    return _error(Refusal("NotRecorded", f"{name} has no answer for this request", 404))


def _encoded(answer: Answer) -> dict[str, Any]:
    body = dict(answer.response)
    for member in ("Policy", "policyText", "ResourcePolicy"):
        if isinstance(body.get(member), dict):
            body[member] = json.dumps(body[member])
    return body


def _listed(
    found: Operation,
    call: Call,
    asked: Mapping[str, Any],
    operations: Mapping[str, Operation],
    name: str,
    model: Any,
) -> dict[str, Any]:
    chosen = [i for i in found.items or () if _wanted(i, call, asked, operations, name)]
    failures = [dict(f) for f in found.failures]
    if call.batch and call.batch[0] in asked:
        ids = asked[call.batch[0]]
        chosen = [i for i in chosen if any(_same(dig(i, call.key or ""), one) for one in ids)]
        known = [dig(i, call.key or "") for i in chosen] + [f.get("arn") for f in failures]
        failures = [f for f in failures if any(_same(f.get("arn"), one) for one in ids)]
        failures += [
            {"arn": one, "reason": "MISSING"}
            for one in ids
            if not any(_same(k, one) for k in known)
        ]
    body = _paged(chosen, call, asked)
    if "failures" in model.output_shape.members:
        body["failures"] = failures
    return body


def _wanted(
    item: Any,
    call: Call,
    asked: Mapping[str, Any],
    operations: Mapping[str, Operation],
    name: str,
) -> bool:
    for (operation, param), default in STATES.items():
        if operation == name and asked.get(param, default) != _state(item, operations, default):
            return False
    for param, path in call.parents.items():
        if param in asked and not _is_under(item, path, asked[param]):
            return False
    for wanted in asked.get("Filters", []) if isinstance(item, dict) else []:
        member = FILTERS.get(wanted["Name"])
        if member and dig(item, member) not in wanted["Values"]:
            return False
    return True


def _is_under(item: Any, path: str, parent: Any) -> bool:
    if isinstance(item, str):
        return str(parent).rsplit("/", 1)[-1] in item.split(":", 5)[-1].split("/")[1:-1]
    named = dig(item, path)
    if named is None and isinstance(item, dict):
        arn = next((v for k, v in item.items() if k.endswith("Arn") and "/" in str(v)), None)
        return arn is None or _is_under(arn, path, parent) if path == "clusterArn" else True
    return _same(named, parent)


def _state(item: Any, operations: Mapping[str, Operation], default: str) -> str:
    described = operations.get("ecs.DescribeTaskDefinition")
    for answer in described.answers if described else ():
        if dig(answer.response, "taskDefinition.taskDefinitionArn") == item:
            return str(dig(answer.response, "taskDefinition.status") or default)
    tasks = operations.get("ecs.DescribeTasks")
    for task in (tasks.items if tasks else None) or ():
        if task.get("taskArn") == item:
            return str(task.get("desiredStatus") or default)
    return default


def _paged(chosen: list[Any], call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    start, size = 0, len(chosen)
    body: dict[str, Any] = {}
    if call.page:
        start = int(str(asked.get(call.token[0]) or "0").removeprefix("page-"))
        size = int(asked.get(call.page[0]) or call.page[1])
        if start + size < len(chosen):
            body[call.token[1]] = f"page-{start + size}"
    page = chosen[start : start + size]
    first, _, inner = (call.items or "").partition(".")
    body[first] = [{inner: [item]} for item in page] if inner else page
    return body


def _several(
    call: Call, lists: Mapping[str | None, Operation], asked: Mapping[str, Any]
) -> dict[str, Any]:
    main = lists.get(call.items)
    body = _paged([_policies(i) for i in (main.items if main else None) or []], call, asked)
    first = not asked.get(call.token[0])
    for member in call.more:
        operation = lists.get(member)
        rows = [_policies(i) for i in (operation.items if operation else None) or []]
        body[member] = rows if first else []
    body["IsTruncated"] = call.token[1] in body
    return body


def _policies(item: Any) -> Any:
    """Percent-encode policy documents, as IAM sends them and botocore decodes them."""
    if isinstance(item, dict):
        return {
            k: _document(v) if k.endswith("Document") else _policies(v) for k, v in item.items()
        }
    return [_policies(inner) for inner in item] if isinstance(item, list) else item


def _document(value: Any) -> Any:
    return quote(value if isinstance(value, str) else json.dumps(value), safe="")
