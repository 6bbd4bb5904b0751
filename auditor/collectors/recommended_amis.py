"""AWS's recommended ECS-optimized AMIs, from public parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.collectors.references import version_number
from auditor.schema import Column, Item, MappingError, Row, Table

C = Column
LINUX = "/aws/service/ecs/optimized-ami"
WINDOWS = "/aws/service/ami-windows-latest/Windows_Server"
# Names as the developer guide's pages "Retrieving ECS-optimized AMI metadata" give them.
PARAMETERS = {
    **{
        f"{LINUX}/amazon-linux-{v}{kind}/recommended": f"amazon-linux-{v}"
        for v, kinds in (
            ("2023", ("", "/arm64", "/gpu", "/neuron")),
            ("2", ("", "/arm64", "/gpu", "/inf")),
        )
        for kind in kinds
    },
    **{
        f"{WINDOWS}-{v}-English-{kind}-ECS_Optimized": f"windows-{v}"
        for v in ("2025", "2022", "2019")
        for kind in ("Core", "Full")
    },
}
RELEASE = re.compile(r"(20\d\d)\.?([01]\d)\.?([0-3]\d)(?!\d)")
AMIS = Table(
    "recommended_amis",
    "One row per public parameter of a recommended ECS-optimized AMI.",
    (
        C("parameter_name", "VARCHAR", "Public parameter.", "Name"),
        C("family", "VARCHAR", "amazon-linux-2023, amazon-linux-2, windows-2022 …"),
        C("image_id", "VARCHAR", "AMI."),
        C("image_name", "VARCHAR", "Name of the AMI."),
        C("os", "VARCHAR", "Operating system."),
        C("agent_version", "VARCHAR", "Agent version."),
        C("agent_version_number", "BIGINT", "Agent version as a number."),
        C("docker_version", "VARCHAR", "Docker version as written."),
        C("docker_version_number", "BIGINT", "Docker version as a number."),
        C("released_at", "TIMESTAMP", "Release date in the AMI's name."),
    ),
)
GET = Call("ssm", "GetParameters", "Parameters", batch=("Names", 10), key="Name")


def rows(reader: Reader, parameter: Item) -> Iterator[tuple[Table, Row]]:
    """Map one parameter; its value is JSON."""
    try:
        said = json.loads(parameter["Value"])
    except ValueError:
        raise MappingError("a recommended AMI's parameter is not JSON") from None
    name = said.get("image_name")
    release = RELEASE.search(str(name))
    yield (
        AMIS,
        AMIS.row(
            reader.scope,
            parameter,
            family=PARAMETERS.get(parameter["Name"]),
            image_id=said.get("image_id"),
            image_name=name,
            os=said.get("os"),
            agent_version=said.get("ecs_agent_version"),
            agent_version_number=version_number(said.get("ecs_agent_version")),
            docker_version=said.get("ecs_runtime_version"),
            docker_version_number=version_number(said.get("ecs_runtime_version")),
            released_at="-".join(release.groups()) if release else None,
        ),
    )


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Read the parameters where there are EC2 hosts to compare with."""
    if reader.column("container_instances", "container_instance_arn"):
        found = reader.describe(GET, PARAMETERS)
        yield from reader.map(GET, found, lambda p: rows(reader, p), lambda _: None)


# After the account's own parameters: a fake AWS lists these public ones among them once read.
COLLECTOR = Collector(
    (AMIS,), (GET,), collect, needs=("container_instances",), after=("ssm_parameters",)
)
