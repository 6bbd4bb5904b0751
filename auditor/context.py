"""What runs on a resource: clusters and services by ARN, and its harmless tags; built once."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from auditor.findings import Context
from auditor.grounds import Queryable, gaps, records, uses

USES = """
select s.service_arn, s.cluster_arn, d.task_definition_arn
from services as s
join (
    select account_id, region, service_arn, task_definition_arn from services
    union
    select account_id, region, service_arn, task_definition_arn from deployments
    union
    select account_id, region, service_arn, task_definition_arn from task_sets
) as d
    on s.account_id = d.account_id and s.region = d.region and s.service_arn = d.service_arn
"""
ROLES = """
select task_definition_arn, task_role_arn, execution_role_arn from task_definitions where in_use
"""
TAGS = "select resource_arn, name, value from tags where value is not null"


class Contexts:
    """Looks up the context of a resource by its ARN."""

    def __init__(self, snapshot: Queryable) -> None:
        self.services: dict[str, set[str]] = defaultdict(set)
        self.clusters: dict[str, set[str]] = defaultdict(set)
        self.tags: dict[str, dict[str, str]] = defaultdict(dict)
        for row in records(snapshot, USES):
            self._link(row["task_definition_arn"], row["service_arn"], row["cluster_arn"])
            self._link(row["service_arn"], row["service_arn"], row["cluster_arn"])
        for row in records(snapshot, "select cluster_arn, task_definition_arn from tasks"):
            self.clusters[row["task_definition_arn"]].add(row["cluster_arn"])
        hosts = "select container_instance_arn, cluster_arn from container_instances"
        for row in records(snapshot, hosts):
            self.clusters[row["container_instance_arn"]].add(row["cluster_arn"])
        for row in records(snapshot, ROLES):
            self._role(row)
        self.in_use = uses(snapshot, gaps(snapshot))
        for row in records(snapshot, TAGS):
            self.tags[row["resource_arn"]][row["name"]] = row["value"]

    def _link(self, resource: str, service: str, cluster: str | None) -> None:
        self.services[resource].add(service)
        if cluster:
            self.clusters[resource].add(cluster)

    def _role(self, row: dict[str, Any]) -> None:
        arn = row["task_definition_arn"]
        for role in (row["task_role_arn"], row["execution_role_arn"]):
            if role:
                self.services[role] |= self.services.get(arn, set())
                self.clusters[role] |= self.clusters.get(arn, set())

    def __call__(self, resource: str) -> Context:
        """Return the context of a resource."""
        return Context(
            sorted(self.clusters.get(resource, ())),
            sorted(self.services.get(resource, ())),
            self.in_use.get(resource),
            dict(sorted(self.tags.get(resource, {}).items())),
        )
