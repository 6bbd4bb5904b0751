"""Target groups that services register with, and the load balancers in front of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table, dig, items

C = Column
TARGET_GROUPS = Table(
    "load_balancer_target_groups",
    "One row per target group that a service names, as its first or as its alternate one.",
    (
        C("target_group_arn", "VARCHAR", "ARN.", "TargetGroupArn"),
        C("target_group_name", "VARCHAR", "Name.", "TargetGroupName"),
        C("protocol", "VARCHAR", "HTTP, HTTPS, TCP, TLS …", "Protocol"),
        C("port", "BIGINT", "Port.", "Port"),
        C("vpc_id", "VARCHAR", "VPC.", "VpcId"),
        C("target_type", "VARCHAR", "ip, instance, lambda or alb.", "TargetType"),
        C("health_check_enabled", "BOOLEAN", "Health checks are on.", "HealthCheckEnabled"),
        C(
            "health_check_interval",
            "BIGINT",
            "Seconds between checks.",
            "HealthCheckIntervalSeconds",
        ),
        C("unhealthy_threshold", "BIGINT", "Failures before unhealthy.", "UnhealthyThresholdCount"),
        C(
            "load_balancer_count",
            "BIGINT",
            "Load balancers that forward to it.",
            lambda item: len(item.get("LoadBalancerArns") or ()),
        ),
        C(
            "load_balancer_arn",
            "VARCHAR",
            "First load balancer that forwards to it.",
            lambda item: next(iter(item.get("LoadBalancerArns") or ()), None),
        ),
        C("deregistration_delay", "BIGINT", "Seconds of draining; NULL = not read."),
        C(
            "preserves_client_ip",
            "BOOLEAN",
            "Targets see the client's address; NULL = not read, or an application load balancer's.",
        ),
    ),
)
TARGET_HEALTH = Table(
    "load_balancer_targets",
    "One row per target of a service's target group.",
    (
        C("target_group_arn", "VARCHAR", "Target group."),
        C("target_id", "VARCHAR", "Address or instance id.", "Target.Id"),
        C("target_port", "BIGINT", "Port.", "Target.Port"),
        C("state", "VARCHAR", "healthy, unhealthy, draining …", "TargetHealth.State"),
        C("reason", "VARCHAR", "Why it is not healthy.", "TargetHealth.Reason"),
    ),
)
BALANCERS = Table(
    "load_balancers",
    "One row per load balancer in front of a service.",
    (
        C("load_balancer_arn", "VARCHAR", "ARN.", "LoadBalancerArn"),
        C("load_balancer_name", "VARCHAR", "Name.", "LoadBalancerName"),
        C("scheme", "VARCHAR", "internet-facing or internal.", "Scheme"),
        C("type", "VARCHAR", "application, network or gateway.", "Type"),
        C("vpc_id", "VARCHAR", "VPC.", "VpcId"),
        C("state", "VARCHAR", "active, provisioning …", "State.Code"),
    ),
)
BALANCER_GROUPS = Table(
    "load_balancer_security_groups",
    "One row per security group of those load balancers.",
    (
        C("load_balancer_arn", "VARCHAR", "Load balancer."),
        C("security_group_id", "VARCHAR", "Security group."),
    ),
)
LISTENERS = Table(
    "load_balancer_listeners",
    "One row per listener of those load balancers.",
    (
        C("listener_arn", "VARCHAR", "ARN.", "ListenerArn"),
        C("load_balancer_arn", "VARCHAR", "Load balancer.", "LoadBalancerArn"),
        C("port", "BIGINT", "Port.", "Port"),
        C("protocol", "VARCHAR", "HTTP, HTTPS, TCP, TLS …", "Protocol"),
        C("ssl_policy", "VARCHAR", "TLS security policy.", "SslPolicy"),
        C(
            "default_action",
            "VARCHAR",
            "Type of the first default action.",
            lambda item: next((a.get("Type") for a in item.get("DefaultActions") or ()), None),
        ),
        C(
            "redirect_protocol",
            "VARCHAR",
            "Protocol that a default redirect leads to: HTTP, HTTPS or #{protocol}, as it came.",
            lambda item: next(
                (
                    dig(a, "RedirectConfig.Protocol")
                    for a in items(item.get("DefaultActions"))
                    if a.get("Type") == "redirect"
                ),
                None,
            ),
        ),
        C(
            "default_target_group_arn",
            "VARCHAR",
            "Target group of the first default action; NULL where it forwards to several.",
            lambda item: next(
                (a.get("TargetGroupArn") for a in item.get("DefaultActions") or ()), None
            ),
        ),
    ),
)
LISTENER_TARGETS = Table(
    "load_balancer_listener_targets",
    "One row per target group that the default actions of a listener forward to.",
    (
        C("listener_arn", "VARCHAR", "Listener."),
        C("target_group_arn", "VARCHAR", "Target group.", "TargetGroupArn"),
        C("weight", "BIGINT", "Share of the traffic; NULL = it is the only one.", "Weight"),
    ),
)


def _call(operation: str, items: str, **more: object) -> Call:
    action = f"elasticloadbalancing:{operation}"
    return Call("elbv2", operation, items, action=action, **more)  # type: ignore[arg-type]


DELAY, CLIENT_IP = "deregistration_delay.timeout_seconds", "preserve_client_ip.enabled"
MARKERS = ("Marker", "NextMarker")
GROUP_GONE, BALANCER_GONE = ("TargetGroupNotFound",), ("LoadBalancerNotFound",)
GROUPS = _call(
    "DescribeTargetGroups",
    "TargetGroups",
    batch=("TargetGroupArns", 20),
    key="TargetGroupArn",
    missing=GROUP_GONE,
)
ATTRIBUTES = _call(
    "DescribeTargetGroupAttributes",
    "Attributes",
    one="TargetGroupArn",
    missing=GROUP_GONE,
    fills=("load_balancer_target_groups",),
)
HEALTH = _call(
    "DescribeTargetHealth",
    "TargetHealthDescriptions",
    one="TargetGroupArn",
    missing=GROUP_GONE,
    fills=("load_balancer_targets",),
)
LOAD_BALANCERS = _call(
    "DescribeLoadBalancers",
    "LoadBalancers",
    batch=("LoadBalancerArns", 20),
    key="LoadBalancerArn",
    missing=BALANCER_GONE,
)
LISTEN = _call(
    "DescribeListeners",
    "Listeners",
    page=("PageSize", 400),
    token=MARKERS,
    key="ListenerArn",
    parents={"LoadBalancerArn": "LoadBalancerArn"},
    missing=BALANCER_GONE,
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe the target groups of services, their health, and what stands in front."""
    arns = reader.column("service_load_balancers", "target_group_arn")
    arns |= reader.column("service_load_balancers", "alternate_target_group_arn")
    groups = list(reader.describe(GROUPS, arns))
    found = [(g["TargetGroupArn"], {"TargetGroupArn": g["TargetGroupArn"]}) for g in groups]
    told = {arn: _told(a) for arn, a in reader.get_each(ATTRIBUTES, found)}

    def rows(group: Item) -> list[tuple[Table, Row]]:
        given = told.get(group["TargetGroupArn"], {})
        return [(TARGET_GROUPS, TARGET_GROUPS.row(reader.scope, group, **given))]

    yield from reader.map(GROUPS, groups, rows)
    for arn, answer in reader.get_each(HEALTH, found):
        targets = answer.get("TargetHealthDescriptions") or ()
        yield from reader.map(HEALTH, targets, partial(_target, reader, arn), arn)
    balancers = {arn for g in groups for arn in g.get("LoadBalancerArns") or ()}
    yield from reader.map(
        LOAD_BALANCERS,
        reader.describe(LOAD_BALANCERS, balancers),
        partial(_balancer, reader),
    )
    for arn in sorted(balancers):
        yield from reader.map(
            LISTEN,
            reader.listing(LISTEN, LoadBalancerArn=arn),
            partial(_listener, reader),
        )


def _target(reader: Reader, arn: str, target: Item) -> list[tuple[Table, Row]]:
    return [(TARGET_HEALTH, TARGET_HEALTH.row(reader.scope, target, target_group_arn=arn))]


def _balancer(reader: Reader, balancer: Item) -> Iterator[tuple[Table, Row]]:
    yield BALANCERS, BALANCERS.row(reader.scope, balancer)
    arn = balancer.get("LoadBalancerArn")
    for group in balancer.get("SecurityGroups") or ():
        given = {"load_balancer_arn": arn, "security_group_id": group}
        yield BALANCER_GROUPS, BALANCER_GROUPS.row(reader.scope, {}, **given)


def _listener(reader: Reader, listener: Item) -> Iterator[tuple[Table, Row]]:
    yield LISTENERS, LISTENERS.row(reader.scope, listener)
    arn = listener.get("ListenerArn")
    for action in items(listener.get("DefaultActions")):
        # AWS answers both forms where there is one target group.
        several = list(items(dig(action, "ForwardConfig.TargetGroups")))
        for target in several or ([action] if action.get("TargetGroupArn") else []):
            yield LISTENER_TARGETS, LISTENER_TARGETS.row(reader.scope, target, listener_arn=arn)


def _told(answer: Item) -> dict[str, Any]:
    """Return the columns that a target group's attributes fill."""
    said = {pair.get("Key"): pair.get("Value") for pair in answer.get("Attributes") or ()}
    delay, kept = said.get(DELAY), said.get(CLIENT_IP)
    return {
        "deregistration_delay": int(delay) if delay is not None else None,
        "preserves_client_ip": kept == "true" if kept is not None else None,
    }


COLLECTOR = Collector(
    (TARGET_GROUPS, TARGET_HEALTH, BALANCERS, BALANCER_GROUPS, LISTENERS, LISTENER_TARGETS),
    (GROUPS, ATTRIBUTES, HEALTH, LOAD_BALANCERS, LISTEN),
    collect,
    needs=("services",),
    after=("service_load_balancers",),
)
