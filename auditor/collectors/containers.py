"""Containers of a revision, one row per smallest thing: the shared mapping of all definitions.

Used for task definitions, daemon task definitions and nothing else; it makes no call itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from auditor.collectors.container_tables import (
    CAPABILITIES,
    COMMANDS,
    CONTAINERS,
    CREDENTIAL_SPECS,
    DEPENDENCIES,
    DEVICES,
    DNS,
    ENVIRONMENT,
    ENVIRONMENT_FILES,
    EXTRA_HOSTS,
    FIRELENS_OPTIONS,
    LABELS,
    LINKS,
    LOG_OPTIONS,
    MOUNTS,
    PORTS,
    RESOURCE_REQUIREMENTS,
    SECRETS,
    SECURITY_OPTIONS,
    SYSTEM_CONTROLS,
    TMPFS,
    ULIMITS,
    VOLUMES_FROM,
)
from auditor.collectors.references import MOVING_TAGS, split_image, split_secret
from auditor.collectors.values import value_columns
from auditor.schema import Item, MappingError, Row, Scope, Table, dig, items, segment
from auditor.secrets.answers import kind_withheld
from auditor.secrets.detector import MASK
from auditor.secrets.masking import Classified

if TYPE_CHECKING:
    from auditor.secrets.masking import Masker

Rows = Iterator[tuple[Table, Row]]
# Download piped to an interpreter, or a package manager that reaches out when the task starts.
FETCHES_CODE = re.compile(
    r"\b(?:curl|wget)\b[^|;&]{0,400}\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b"
    r"|\b(?:ba|z|da|k)?sh\s+(?:-c\s+)?[\"']?(?:<\(|\$\()\s*(?:curl|wget)\b"
    r"|\bpip3?\s+install\b|\bnpm\s+(?:install|i|ci)\b|\bnpx\s|\byarn\s+add\b"
    r"|\b(?:apt|apt-get|yum|dnf)\s+(?:-\S+\s+)*install\b|\bapk\s+add\b|\bgem\s+install\b",
    re.IGNORECASE,
)
STARTS = (("command", "command"), ("entryPoint", "entry-point"))


class Mapper:
    """Maps the containers of one revision."""

    def __init__(self, scope: Scope, arn: str, masker: Masker) -> None:
        self.scope, self.arn, self.masker = scope, arn, masker

    def containers(self, found: Any) -> Rows:
        """Yield the rows of all containers of a revision."""
        seen: set[str] = set()
        for position, container in enumerate(items(found)):
            name = container.get("name")
            if not isinstance(name, str):
                raise MappingError("a container has no name")
            if name in seen:
                raise MappingError("two containers have one name")
            seen.add(name)
            part = f"container/{segment(name)}"
            yield self._container(container, name, part, position)
            yield from self._values(container, name, part)
            yield from self._secrets(container, name, part)
            yield from self._runtime(container, name, part)
            yield from self._linux(container, name, part)
            yield from self._network(container, name, part)

    def _row(
        self, table: Table, item: Item, name: str, part: str, /, **given: Any
    ) -> tuple[Table, Row]:
        shared = {"task_definition_arn": self.arn, "container_name": name, "part": part}
        return table, table.row(self.scope, item, **shared, **given)

    def _container(self, container: Item, name: str, part: str, position: int) -> tuple[Table, Row]:
        reference = container.get("image")
        given: dict[str, Any] = {"position": position, "fetches_code_at_start": _fetches(container)}
        if isinstance(reference, str):
            image = split_image(reference)
            given |= {
                "image_registry": image.registry,
                "image_repository": image.repository,
                "image_tag": image.tag,
                "image_digest": image.digest,
                "image_ecr_account_id": image.ecr_account,
                "image_ecr_region": image.ecr_region,
                "image_moves": image.digest is None
                and (image.tag is None or image.tag.lower() in MOVING_TAGS),
            }
        return self._row(CONTAINERS, container, name, part, **given)

    def _values(self, container: Item, name: str, part: str) -> Rows:
        for variable in items(container.get("environment")):
            key, value = _text(variable, "name"), variable.get("value", "")
            yield self._value(ENVIRONMENT, name, f"{part}/environment", key, value, "environment")
        for place, word in (*STARTS, ("healthCheck.command", "health-check")):
            yield from self._command(container, name, f"{part}/{word}", place)
        for table, path, word, where in (
            (LABELS, "dockerLabels", "label", "dockerLabels"),
            (LOG_OPTIONS, "logConfiguration.options", "log-option", "logOptions"),
            (
                FIRELENS_OPTIONS,
                "firelensConfiguration.options",
                "firelens-option",
                "firelensOptions",
            ),
        ):
            for key, value in sorted(_mapping(dig(container, path)).items()):
                yield self._value(table, name, f"{part}/{word}", key, value, where)

    def _value(
        self, table: Table, name: str, path: str, key: str, value: Any, where: str
    ) -> tuple[Table, Row]:
        classified = self.masker.value(key, value, where)
        if kind := kind_withheld(key):  # a whole line where the name goes
            classified = Classified("secret", kind, "high", preview=MASK)
        given = value_columns(classified)
        if table is ENVIRONMENT:
            given["akia_account_id"] = classified.akia_account_id
        return self._row(table, {}, name, f"{path}/{segment(key)}", name=key, **given)

    def _command(self, container: Item, name: str, path: str, place: str) -> Rows:
        words = dig(container, place)
        if words is None:
            return
        where = "healthCheck" if place.startswith("health") else place
        for index, classified in self.masker.command(words, where):
            spot = path if where == "healthCheck" else f"{path}/{index}"
            yield self._row(
                COMMANDS, {}, name, spot, place=where, position=index, **value_columns(classified)
            )

    def _secrets(self, container: Item, name: str, part: str) -> Rows:
        for place, path, word in (
            ("environment", "secrets", "secret"),
            ("log-option", "logConfiguration.secretOptions", "log-option"),
        ):
            for secret in items(dig(container, path)):
                key = _text(secret, "name")
                spot = f"{part}/{word}/{segment(key)}"
                yield self._secret(name, spot, key, place, secret.get("valueFrom"))
        credentials = dig(container, "repositoryCredentials.credentialsParameter")
        if credentials is not None:
            yield self._secret(
                name, part, "credentialsParameter", "registry-credentials", credentials
            )
        for position, file in enumerate(items(container.get("environmentFiles"))):
            spot = f"{part}/environment-file/{position}"
            yield self._row(ENVIRONMENT_FILES, file, name, spot, position=position)

    def _secret(
        self, name: str, part: str, key: str, place: str, value_from: Any
    ) -> tuple[Table, Row]:
        if not isinstance(value_from, str):
            raise MappingError("a secret has no valueFrom")
        if kind := kind_withheld(value_from):
            return self._row(
                SECRETS, {}, name, part, name=key, place=place, value_from=value_from,
                value_kind=kind,
            )  # fmt: skip
        named = split_secret(value_from, self.scope, of_registry=place == "registry-credentials")
        given = {f"reference_{k}": v for k, v in named._asdict().items()}
        return self._row(
            SECRETS, {}, name, part, name=key, place=place, value_from=value_from, **given
        )

    def _runtime(self, container: Item, name: str, part: str) -> Rows:
        for mount in items(container.get("mountPoints")):
            volume = segment(mount.get("sourceVolume") or "")
            yield self._row(MOUNTS, mount, name, f"{part}/mount/{volume}")
        for mount in items(container.get("volumesFrom")):
            source = segment(mount.get("sourceContainer") or "")
            yield self._row(VOLUMES_FROM, mount, name, f"{part}/volumes-from/{source}")
        for wait in items(container.get("dependsOn")):
            other = _text(wait, "containerName")
            yield self._row(DEPENDENCIES, wait, name, f"{part}/depends-on/{segment(other)}")
        for need in items(container.get("resourceRequirements")):
            kind = _text(need, "type")
            yield self._row(RESOURCE_REQUIREMENTS, need, name, f"{part}/resource/{segment(kind)}")
        for limit in items(container.get("ulimits")):
            yield self._row(ULIMITS, limit, name, f"{part}/ulimit/{_text(limit, 'name')}")
        for spec in _texts(container.get("credentialSpecs")):
            yield self._row(CREDENTIAL_SPECS, {}, name, part, credential_spec=spec)

    def _linux(self, container: Item, name: str, part: str) -> Rows:
        for change in ("add", "drop"):
            for capability in _texts(dig(container, f"linuxParameters.capabilities.{change}")):
                spot = f"{part}/capability/{segment(capability)}"
                yield self._row(CAPABILITIES, {}, name, spot, name=capability, change=change)
        for device in items(dig(container, "linuxParameters.devices")):
            path = segment(device.get("hostPath") or "")
            yield self._row(DEVICES, device, name, f"{part}/device/{path}")
        for mount in items(dig(container, "linuxParameters.tmpfs")):
            path = segment(mount.get("containerPath") or "")
            yield self._row(TMPFS, mount, name, f"{part}/tmpfs/{path}")  # noqa: S108 - a part, not a file
        for control in items(container.get("systemControls")):
            key = segment(_text(control, "namespace"))
            yield self._row(SYSTEM_CONTROLS, control, name, f"{part}/sysctl/{key}")
        for option in _texts(container.get("dockerSecurityOptions")):
            yield self._row(SECURITY_OPTIONS, {}, name, part, option=option)

    def _network(self, container: Item, name: str, part: str) -> Rows:
        for port in items(container.get("portMappings")):
            number = port.get("containerPort", port.get("containerPortRange"))
            spot = f"{part}/port/{number}-{port.get('protocol') or 'tcp'}"
            yield self._row(PORTS, port, name, spot)
        for kind, field in (("server", "dnsServers"), ("search", "dnsSearchDomains")):
            for value in _texts(container.get(field)):
                yield self._row(DNS, {}, name, part, kind=kind, address=value)
        for host in items(container.get("extraHosts")):
            key = segment(_text(host, "hostname"))
            yield self._row(EXTRA_HOSTS, host, name, f"{part}/extra-host/{key}")
        for link in _texts(container.get("links")):
            target, _, alias = link.partition(":")
            yield self._row(LINKS, {}, name, part, target=target, alias=alias or None)


def _fetches(container: Item) -> bool:
    # A masked recording holds objects in place of some words.
    given = [container.get(place) or () for place, _ in STARTS]
    words = [word for words in given for word in words if isinstance(word, str)]
    return FETCHES_CODE.search(" ".join(words)[:65_536]) is not None


def _text(item: Item, key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise MappingError(f"{key} is not text")
    return value


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise MappingError("a list of texts was expected")
    return value


def _mapping(value: Any) -> Item:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise MappingError("an object was expected")
    return value
