"""Limits of the instance types in use."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import FILTERED, TOKEN, Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Row, Table

C = Column
TYPES = Table(
    "ec2_instance_types",
    "One row per instance type in use.",
    (
        C("instance_type", "VARCHAR", "Type.", "InstanceType"),
        C(
            "maximum_network_interfaces",
            "BIGINT",
            "Interfaces that it takes.",
            "NetworkInfo.MaximumNetworkInterfaces",
        ),
        C(
            "ipv4_addresses_per_interface",
            "BIGINT",
            "Addresses an interface takes.",
            "NetworkInfo.Ipv4AddressesPerInterface",
        ),
        C("vcpus", "BIGINT", "vCPUs.", "VCpuInfo.DefaultVCpus"),
        C("memory_mib", "BIGINT", "Memory in MiB.", "MemoryInfo.SizeInMiB"),
        C("hypervisor", "VARCHAR", "nitro or xen.", "Hypervisor"),
        C("current_generation", "BOOLEAN", "Still offered as current.", "CurrentGeneration"),
    ),
)
DESCRIBE = Call(
    "ec2",
    "DescribeInstanceTypes",
    "InstanceTypes",
    ("MaxResults", 100),
    TOKEN,
    batch=FILTERED,
    filter="instance-type",
    key="InstanceType",
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe the types of the container instances."""
    wanted = reader.column("ec2_instances", "instance_type") | reader.column(
        "container_instances", "instance_type"
    )
    yield from reader.map(
        DESCRIBE,
        reader.describe(DESCRIBE, wanted),
        lambda t: [(TYPES, TYPES.row(reader.scope, t))],
        lambda _: None,
    )


COLLECTOR = Collector(
    (TYPES,), (DESCRIBE,), collect, needs=("container_instances",), after=("ec2_instances",)
)
