"""Subnets, network interfaces and security groups that the account's ECS resources use."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from auditor.collectors.base import FILTERED, PAGE, TOKEN, Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Scope, Table, dig, items, segment

C = Column


def first_ipv6(interface: Item) -> Any:
    """Return the first IPv6 address of a network interface."""
    return next((a.get("Ipv6Address") for a in items(interface.get("Ipv6Addresses"))), None)


SUBNETS = Table(
    "subnets",
    "One row per subnet in use.",
    (
        C("subnet_arn", "VARCHAR", "ARN.", "SubnetArn"),
        C("subnet_id", "VARCHAR", "Id.", "SubnetId"),
        C("vpc_id", "VARCHAR", "VPC.", "VpcId"),
        C("availability_zone", "VARCHAR", "Zone.", "AvailabilityZone"),
        C("cidr_block", "VARCHAR", "IPv4 range.", "CidrBlock"),
        C("cidr_first", "BIGINT", "First IPv4 address as a number."),
        C("cidr_last", "BIGINT", "Last IPv4 address as a number."),
        C("address_count", "BIGINT", "Usable addresses: the range less the five AWS keeps."),
        C("available_ip_address_count", "BIGINT", "Free addresses.", "AvailableIpAddressCount"),
        C(
            "map_public_ip_on_launch",
            "BOOLEAN",
            "Instances get public addresses.",
            "MapPublicIpOnLaunch",
        ),
        C("ipv6_native", "BOOLEAN", "IPv6 only.", "Ipv6Native"),
        C(
            "internet_gateway_block",
            "VARCHAR",
            "VPC Block Public Access: off, block-bidirectional or block-ingress.",
            "BlockPublicAccessStates.InternetGatewayBlockMode",
        ),
        C("owner_id", "VARCHAR", "Account that owns it; another one's is shared.", "OwnerId"),
    ),
)
INTERFACES = Table(
    "network_interfaces",
    "One row per network interface of container instances.",
    (
        C("network_interface_arn", "VARCHAR", "ARN form."),
        C("network_interface_id", "VARCHAR", "Id.", "NetworkInterfaceId"),
        C("interface_type", "VARCHAR", "interface, trunk, branch …", "InterfaceType"),
        C("status", "VARCHAR", "in-use, available …", "Status"),
        C("description", "VARCHAR", "Description; ECS writes the attachment's ARN.", "Description"),
        C("subnet_id", "VARCHAR", "Subnet.", "SubnetId"),
        C("vpc_id", "VARCHAR", "VPC.", "VpcId"),
        C("ec2_instance_id", "VARCHAR", "Instance.", "Attachment.InstanceId"),
        C(
            "is_primary",
            "BOOLEAN",
            "Device index 0.",
            lambda i: dig(i, "Attachment.DeviceIndex") == 0 if i.get("Attachment") else None,
        ),
        C("public_ip", "VARCHAR", "Public address.", "Association.PublicIp"),
        C("ipv6_address", "VARCHAR", "First IPv6 address.", first_ipv6),
        C("owner_id", "VARCHAR", "Account that owns it.", "OwnerId"),
    ),
)
INTERFACE_GROUPS = Table(
    "network_interface_security_groups",
    "One row per security group of those network interfaces.",
    (
        C("network_interface_id", "VARCHAR", "Network interface."),
        C("security_group_id", "VARCHAR", "Security group.", "GroupId"),
    ),
)
GROUPS = Table(
    "security_groups",
    "One row per security group in use.",
    (
        C("security_group_arn", "VARCHAR", "ARN form."),
        C("security_group_id", "VARCHAR", "Id.", "GroupId"),
        C("security_group_name", "VARCHAR", "Name.", "GroupName"),
        C("vpc_id", "VARCHAR", "VPC.", "VpcId"),
        C("description", "VARCHAR", "Description.", "Description"),
    ),
)
RULES = Table(
    "security_group_rules",
    "One row per rule of a security group in use.",
    (
        C("security_group_id", "VARCHAR", "Security group.", "GroupId"),
        C("part", "VARCHAR", "Path inside the group: rule/ID."),
        C("rule_id", "VARCHAR", "Id.", "SecurityGroupRuleId"),
        C("is_egress", "BOOLEAN", "Outbound.", "IsEgress"),
        C("protocol", "VARCHAR", "tcp, udp, icmp or -1 for all.", "IpProtocol"),
        C("from_port", "BIGINT", "First port; -1 = all.", "FromPort"),
        C("to_port", "BIGINT", "Last port; -1 = all.", "ToPort"),
        C("cidr_ipv4", "VARCHAR", "IPv4 range.", "CidrIpv4"),
        C("cidr_ipv6", "VARCHAR", "IPv6 range.", "CidrIpv6"),
        C("cidr_first", "BIGINT", "First IPv4 address as a number."),
        C("cidr_last", "BIGINT", "Last IPv4 address as a number."),
        C("prefix_list_id", "VARCHAR", "Prefix list.", "PrefixListId"),
        C("referenced_group_id", "VARCHAR", "Other security group.", "ReferencedGroupInfo.GroupId"),
        C("is_open", "BOOLEAN", "Any address: 0.0.0.0/0 or ::/0."),
        C("description", "VARCHAR", "Description.", "Description"),
    ),
)
# Other collectors' tables that name subnets and security groups, and those that name groups alone.
PLACED = ("service_network", "capacity_provider_network")
GROUPED = (
    "ec2_instance_security_groups",
    "efs_mount_target_security_groups",
    "load_balancer_security_groups",
)
DESCRIBE_SUBNETS = Call(
    "ec2",
    "DescribeSubnets",
    "Subnets",
    PAGE,
    TOKEN,
    batch=FILTERED,
    filter="subnet-id",
    key="SubnetId",
)
DESCRIBE_INTERFACES = Call(
    "ec2",
    "DescribeNetworkInterfaces",
    "NetworkInterfaces",
    PAGE,
    TOKEN,
    key="NetworkInterfaceId",
    fixed={"IncludeManagedResources": True},
)
DESCRIBE_GROUPS = Call(
    "ec2",
    "DescribeSecurityGroups",
    "SecurityGroups",
    PAGE,
    TOKEN,
    batch=FILTERED,
    filter="group-id",
    key="GroupId",
)
DESCRIBE_RULES = Call(
    "ec2",
    "DescribeSecurityGroupRules",
    "SecurityGroupRules",
    PAGE,
    TOKEN,
    key="SecurityGroupRuleId",
)


def ends(cidr: Any) -> tuple[int | None, int | None]:
    """Return the first and last address of an IPv4 range as numbers."""
    if not isinstance(cidr, str) or ":" in cidr:
        return None, None
    network = ipaddress.ip_network(cidr, strict=False)
    return int(network[0]), int(network[-1])


def _subnet(scope: Scope, subnet: Item) -> Iterator[tuple[Table, Row]]:
    first, last = ends(subnet.get("CidrBlock"))
    count = last - first + 1 - 5 if first is not None and last is not None else None
    given = {"address_count": count, "cidr_first": first, "cidr_last": last}
    yield SUBNETS, SUBNETS.row(scope, subnet, **given)


def _interface(scope: Scope, interface: Item) -> Iterator[tuple[Table, Row]]:
    name = interface.get("NetworkInterfaceId")
    arn = _arn(scope, "network-interface", name)
    yield INTERFACES, INTERFACES.row(scope, interface, network_interface_arn=arn)
    for group in items(interface.get("Groups")):
        yield INTERFACE_GROUPS, INTERFACE_GROUPS.row(scope, group, network_interface_id=name)


def _arn(scope: Scope, kind: str, name: object) -> str:
    return f"arn:{scope.partition}:ec2:{scope.region}:{scope.account_id}:{kind}/{name}"


def _rule(scope: Scope, rule: Item) -> Iterator[tuple[Table, Row]]:
    first, last = ends(rule.get("CidrIpv4"))
    everyone = rule.get("CidrIpv4") == "0.0.0.0/0" or rule.get("CidrIpv6") == "::/0"
    part = f"rule/{segment(str(rule.get('SecurityGroupRuleId')))}"
    yield (
        RULES,
        RULES.row(scope, rule, part=part, cidr_first=first, cidr_last=last, is_open=everyone),
    )


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe what services, tasks, instances, mount targets and balancers are attached to."""
    scope = reader.scope
    network = [row for table in PLACED for row in reader.rows(table)]
    named = {
        kind: {r["id"] for r in network if r["kind"] == kind}
        for kind in ("subnet", "security-group")
    }
    subnets = named["subnet"] | reader.column("ec2_instances", "subnet_id")
    subnets |= reader.column("task_attachments", "subnet_id")
    yield from reader.map(
        DESCRIBE_SUBNETS,
        reader.describe(DESCRIBE_SUBNETS, subnets),
        lambda s: _subnet(scope, s),
        lambda s: s.get("SubnetArn"),
    )
    interfaces = [
        interface
        for part in _slices(reader.column("ec2_instances", "ec2_instance_id"))
        for interface in reader.listing(
            DESCRIBE_INTERFACES, Filters=[{"Name": "attachment.instance-id", "Values": part}]
        )
    ]
    rows = list(
        reader.map(DESCRIBE_INTERFACES, interfaces, lambda i: _interface(scope, i), lambda _: None)
    )
    yield from rows
    groups = named["security-group"]
    groups |= {row[-1] for table, row in rows if table is INTERFACE_GROUPS} - {None}
    for name in GROUPED:
        groups |= reader.column(name, "security_group_id")
    yield from reader.map(
        DESCRIBE_GROUPS,
        reader.describe(DESCRIBE_GROUPS, groups),
        lambda g: [
            (
                GROUPS,
                GROUPS.row(
                    scope, g, security_group_arn=_arn(scope, "security-group", g.get("GroupId"))
                ),
            )
        ],
        lambda g: _arn(scope, "security-group", g.get("GroupId")),
    )
    for part in _slices(groups):
        found = reader.listing(DESCRIBE_RULES, Filters=[{"Name": "group-id", "Values": part}])
        yield from reader.map(DESCRIBE_RULES, found, lambda r: _rule(scope, r), lambda _: None)


def _slices(values: set[Any], size: int = FILTERED[1]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


COLLECTOR = Collector(
    (SUBNETS, INTERFACES, INTERFACE_GROUPS, GROUPS, RULES),
    (DESCRIBE_SUBNETS, DESCRIBE_GROUPS, DESCRIBE_RULES, DESCRIBE_INTERFACES),
    collect,
    needs=("services",),
    after=(
        "ec2_instances",
        "task_attachments",
        *PLACED,
        *GROUPED,
    ),
)
