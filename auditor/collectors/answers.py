"""What a recording answers to one request: filtered, split into batches, paged as the API does."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from auditor.collectors.base import Call
from auditor.collectors.recording import Answer, Operation, Recording, Refusal
from auditor.collectors.shaping import shaped
from auditor.schema import Scope, dig

# Lists that the API narrows by a state; the item itself may be an ARN only.
STATES = {
    "ecs:ListTaskDefinitions": ("status", "ACTIVE"),
    "ecs:ListTasks": ("desiredStatus", "RUNNING"),
}
Body = dict[str, Any]


class Request(NamedTuple):
    """One API call as botocore validated it, and the recording that answers."""

    recording: Recording
    scope: Scope
    call: Call
    model: Any
    asked: Mapping[str, Any]

    @property
    def name(self) -> str:
        """``ecs.ListClusters``, as recordings name their files."""
        return f"{self.call.service}.{self.call.operation}"

    @property
    def operations(self) -> dict[str, Operation]:
        """What was recorded in this scope."""
        return self.recording.scopes.get((self.scope.account_id, self.scope.region), {})


def reply(request: Request) -> tuple[int, Body]:
    """Return (HTTP status, parsed body) of a request."""
    call, operations = request.call, request.operations
    found = operations.get(request.name)
    lists = {
        member: operations[f"{request.name}.{member}"]
        for member in (call.items, *call.more)
        if member and f"{request.name}.{member}" in operations
    }
    for operation in (found, *lists.values()):
        for refusal in operation.errors if operation else ():
            if refusal.params is None or matches(refusal.params, request.asked):
                return _error(refusal)
    if lists:
        return _paged(request, {m: list(o.items or ()) for m, o in lists.items()})
    if found is None:
        return _nothing(request)
    answer = _exact(request) or _best(found.answers, request.asked)
    if answer is not None:
        return _whole(request, answer)
    if found.items is None:
        return _nothing(request)
    if call.one and not found.items:
        return _none(request)
    if call.one and (not call.items or _whole_answers(request, found.items)):
        return _single(request, found.items)
    return _listed(request, found)


def _error(refusal: Refusal) -> tuple[int, Body]:
    return refusal.http_status, {"Error": {"Code": refusal.code, "Message": refusal.message}}


def _nothing(request: Request) -> tuple[int, Body]:
    """Answer what was not recorded: an error, or "none" where the recording is said complete."""
    if not request.recording.empty_answers:
        return _error(Refusal("NotRecorded", f"{request.name} is not in the recording", 404))
    return _none(request)


def _none(request: Request) -> tuple[int, Body]:
    """Answer as AWS does where there is none."""
    call = request.call
    if call.items:
        return _paged(request, {call.items: []})
    if call.absent:
        return _error(Refusal(call.absent[0], "has none", 404))
    return 200, {}


def matches(recorded: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Say whether recorded parameters identify a request."""
    return all(_same(value, asked.get(key)) for key, value in recorded.items())


def _same(one: Any, other: Any) -> bool:
    """Compare ids that may be given as a name, an id or an ARN; lists by a common member."""
    if isinstance(one, list) and isinstance(other, list):
        return any(_same(a, b) for a in one for b in other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):  # one of several filters
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if one == other:
        return True
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    if one.startswith("arn:") == other.startswith("arn:"):
        return False
    arn, name = (one, other) if one.startswith("arn:") else (other, one)
    return name in _names(arn)


def _names(arn: str) -> Iterator[str]:
    """Yield the shorter forms that APIs take for an ARN: path, last segment, family."""
    resource = arn.split(":", 5)[-1]
    yield resource
    kind, _, path = resource.partition("/")
    yield path
    yield resource.rsplit("/", 1)[-1]
    yield resource.rsplit(":", 1)[-1]
    if kind == "task-definition":
        yield path.rpartition(":")[0]


def _exact(request: Request) -> Answer | None:
    """Return the answer recorded for the very same parameters: thousands are looked up so."""
    found = request.operations[request.name]

    def index() -> dict[tuple[str, ...], dict[tuple[Any, ...], Answer]]:
        made: dict[tuple[str, ...], dict[tuple[Any, ...], Answer]] = {}
        for answer in found.answers:
            names = tuple(sorted(answer.params))
            values = tuple(answer.params[name] for name in names)
            if names and all(isinstance(value, str) for value in values):
                made.setdefault(names, {})[values] = answer
        return made

    by_names = request.recording.memo((*request.scope[:2], request.name), index)
    for names in sorted(by_names, key=len, reverse=True):
        values = tuple(request.asked.get(name) for name in names)
        if all(isinstance(value, str) for value in values) and values in by_names[names]:
            answer: Answer = by_names[names][values]
            return answer
    return None


def _best(answers: list[Answer], asked: Mapping[str, Any]) -> Answer | None:
    """Return the answer whose parameters fit most exactly; of a family its newest revision."""

    def rank(answer: Answer) -> tuple[int, int]:
        exact = sum(asked.get(key) == value for key, value in answer.params.items())
        tails = (str(value).rsplit(":", 1)[-1] for value in answer.params.values())
        return exact, max((int(tail) for tail in tails if tail.isdigit()), default=0)

    fitting = [answer for answer in answers if matches(answer.params, asked)]
    return max(fitting, key=rank, default=None)


def _whole(request: Request, answer: Answer) -> tuple[int, Body]:
    call = request.call
    found = answer.response.get(call.items) if call.items else None
    if call.items and call.page and isinstance(found, list):
        status, body = _paged(request, {call.items: found})
        return status, {**_shaped(request, answer.response), **body}
    return 200, _shaped(request, answer.response)


def _whole_answers(request: Request, items: list[Any]) -> bool:
    """Say whether items are answers of one id each rather than elements of one answer's list."""
    return all(isinstance(item, Mapping) and request.call.items in item for item in items)


def _single(request: Request, items: list[Any]) -> tuple[int, Body]:
    """Answer what asks for one id: an item names its id, or is meant for every one."""
    one = request.call.one or ""
    asked = request.asked.get(one)
    for item in items:
        said = [item.get(one), *(v.get(one) for v in item.values() if isinstance(v, Mapping))]
        named = [value for value in said if value is not None]
        if not named or any(_same(value, asked) for value in named):
            return 200, _shaped(request, _enveloped(item, request.model.output_shape.members))
    return _nothing(request)


def _enveloped(item: Mapping[str, Any], members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an item as the answer holds it: whole, or the one thing inside its envelope."""
    inner = [name for name, shape in members.items() if shape.type_name == "structure"]
    if len(inner) == 1 and not isinstance(item.get(inner[0]), Mapping):
        return {inner[0]: {k: v for k, v in item.items() if k != inner[0]}}
    return {name: value for name, value in item.items() if name in members}


def _shaped(request: Request, body: Mapping[str, Any]) -> Body:
    shape = request.model.output_shape
    return dict(shaped(body, shape)) if shape else dict(body)


def _listed(request: Request, found: Operation) -> tuple[int, Body]:
    call, asked = request.call, request.asked
    chosen = [item for item in found.items or () if _is_wanted(item, request)]
    if not call.batch or call.filter or call.batch[0] not in asked:
        return _paged(request, {call.items or "": chosen})
    ids = asked[call.batch[0]]
    key = call.key or ""
    chosen = _named(chosen, key, ids)
    if call.missing and len(chosen) < len(ids):
        return _error(Refusal(call.missing[0], "one of them does not exist"))
    status, body = _paged(request, {call.items or "": chosen})
    if "failures" in request.model.output_shape.members:
        # Where the recording is said complete, an id that it does not know is no failure.
        known = ids if request.recording.empty_answers else [dig(item, key) for item in chosen]
        body["failures"] = _failures(found, known, ids)
    return status, body


def _named(items: list[Any], key: str, ids: list[str]) -> list[Any]:
    exact = frozenset(ids)
    chosen = [item for item in items if dig(item, key) in exact]
    if len(chosen) < len(exact):
        chosen = [item for item in items if any(_same(dig(item, key), one) for one in ids)]
    return chosen


def _failures(found: Operation, known: list[Any], ids: list[str]) -> list[Body]:
    said = [
        dict(failure)
        for failure in found.failures
        if any(_same(failure.get("arn"), one) for one in ids)
    ]
    named = known + [failure.get("arn") for failure in said]
    missing = (one for one in ids if not any(_same(name, one) for name in named))
    return said + [{"arn": one, "reason": "MISSING"} for one in missing]


def _is_wanted(item: Any, request: Request) -> bool:
    call, asked = request.call, request.asked
    param, default = STATES.get(call.name, ("", ""))
    if param and asked.get(param, default) != _state(item, request, default):
        return False
    for param, path in call.parents.items():
        if param in asked and not _is_under(item, path, asked[param], call):
            return False
    if call.name == "ec2:DescribeLaunchTemplateVersions" and not _is_version(item, request):
        return False
    for wanted in asked.get("Filters", ()) if isinstance(item, Mapping) else ():
        # Systems Manager's filters have keys that are no members of its items.
        if "Name" in wanted and dig(item, _member(wanted["Name"])) not in wanted["Values"]:
            return False
    return True


def _is_version(item: Any, request: Request) -> bool:
    """Say whether a version is asked for by its number, as the default or as the latest."""
    wanted = {str(version) for version in request.asked.get("Versions", ())}
    number, template = item.get("VersionNumber"), item.get("LaunchTemplateId")
    if not wanted or str(number) in wanted:
        return True
    if "$Default" in wanted and item.get("DefaultVersion"):
        return True
    found = request.operations[request.name].items or ()
    numbers = [i.get("VersionNumber", 0) for i in found if i.get("LaunchTemplateId") == template]
    return "$Latest" in wanted and number == max(numbers)


def _member(filter_name: str) -> str:
    """Return the member that an EC2 filter means: ``attachment.instance-id``."""
    steps = filter_name.split(".")
    return ".".join("".join(word.capitalize() for word in step.split("-")) for step in steps)


def _is_under(item: Any, path: str, parent: Any, call: Call) -> bool:
    """Say whether an item belongs to a cluster, repository or file system."""
    if isinstance(item, Mapping):
        named = dig(item, path)
        if named is not None:
            return _same(named, parent)
        item = item.get(call.key or "")
    if path != "clusterArn" or not isinstance(item, str):
        return True  # nothing in it says otherwise
    segments = item.split(":", 5)[-1].split("/")
    # ARNs of the older form do not name the cluster.
    return len(segments) < 3 or str(parent).rsplit("/", 1)[-1] == segments[1]


def _state(item: Any, request: Request, default: str) -> str:
    def states() -> dict[Any, Any]:
        described = request.operations.get("ecs.DescribeTaskDefinition")
        found = {
            dig(a.response, "taskDefinition.taskDefinitionArn"): dig(
                a.response, "taskDefinition.status"
            )
            for a in (described.answers if described else ())
        }
        tasks = request.operations.get("ecs.DescribeTasks")
        for task in (tasks.items if tasks else None) or ():
            found[dig(task, "taskArn")] = dig(task, "desiredStatus")
        return found

    known = request.recording.memo((*request.scope[:2], "states"), states)
    return str(known.get(item) or default)


def _paged(request: Request, lists: Mapping[str, list[Any]]) -> tuple[int, Body]:
    """Return one page of the main list; the further lists come with the first page."""
    call, asked = request.call, request.asked
    main = lists.get(call.items or "", [])
    start, size = 0, len(main)
    if call.page:
        token = asked.get(call.token[0])
        offset = _offset(request.name, token) if token else 0
        if offset is None:
            return _error(Refusal("InvalidParameterException", "the token is not one of ours"))
        start, size = offset, min(int(asked.get(call.page[0]) or call.page[1]), call.page[1])
    body: Body = {member: rows if start == 0 else [] for member, rows in lists.items()}
    first, _, inner = (call.items or "").partition(".")
    page = main[start : start + size]
    body.pop(call.items or "", None)
    body[first] = [{inner: [item]} for item in page] if inner else page
    body = _shaped(request, body)
    more = start + size < len(main)
    if more:
        body[call.token[1]] = _token(request.name, start + size)
    if request.model.output_shape and "IsTruncated" in request.model.output_shape.members:
        body["IsTruncated"] = more
    return 200, body


def _token(name: str, offset: int) -> str:
    """Return an opaque token, as an API makes it."""
    return base64.urlsafe_b64encode(f"{name}:{offset}".encode()).decode()


def _offset(name: str, token: str) -> int | None:
    try:
        said, _, offset = base64.urlsafe_b64decode(token).decode().rpartition(":")
        return int(offset) if said == name else None
    except (binascii.Error, ValueError):
        return None
