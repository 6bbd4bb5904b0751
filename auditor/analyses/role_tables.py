"""The tables of the IAM judgement; ``roles``, ``role_uses`` and ``role_checks`` fill them."""

from __future__ import annotations

from auditor.schema import Column, Table

C = Column
READS = ("iam_roles", "iam_role_policies", "iam_policies")
USES = (*READS, "task_definitions", "ec2_instances", "instance_profiles", "tasks")
WORKLOADS_READ = (*USES, "services", "container_instances", "container_instance_attributes")
ROLE = (
    C("role_arn", "VARCHAR", "Role."),
    C("role_name", "VARCHAR", "Role name."),
    C("kind", "VARCHAR", "What it is judged as: task, execution or instance."),
)
STATEMENTS = Table(
    "iam_statements",
    "One row per statement of a role's policies and trust; one not valid row a bad document.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C(
            "part",
            "VARCHAR",
            "Path inside the role: policy/NAME/statement/…, "
            "boundary/NAME/statement/… or trust/statement/….",
        ),
        C("policy_name", "VARCHAR", "Policy; trust for the trust policy."),
        C("sid", "VARCHAR", "Statement id."),
        C("effect", "VARCHAR", "Allow or Deny."),
        C("valid", "BOOLEAN", "IAM would take the document."),
        C("fault", "VARCHAR", "Why IAM would not take it."),
        C("unknown_actions", "VARCHAR", "Action patterns that match no action AWS lists now."),
        C("not_action", "BOOLEAN", "NotAction is used."),
        C("not_resource", "BOOLEAN", "NotResource is used."),
        C("actions", "VARCHAR", "Actions, blank separated."),
        C("resources", "VARCHAR", "Resources, blank separated."),
        C("principals", "VARCHAR", "Principals of a trust statement, TYPE:VALUE."),
        C("condition_keys", "VARCHAR", "Condition keys in lower case, blank separated."),
    ),
    "content",
    "role_arn",
    READS,
)
EFFECTIVE = Table(
    "iam_effective_actions",
    "One row per action that a role in use holds, administrators left out: Allow within the "
    "boundary, less what Deny takes wholly.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("action", "VARCHAR", "Action as AWS spells it."),
        C("grant", "VARCHAR", "certain or conditional (a condition that the request decides)."),
        C("reach", "VARCHAR", "everything, or some resources."),
        C("policy_name", "VARCHAR", "Policy that grants it, the first of several."),
        C("statement", "VARCHAR", "Its statement: Sid, else index."),
    ),
    "content",
    "role_arn",
    USES,
)
SERVICE_GRANTS = Table(
    "iam_service_grants",
    "One row per role in use and AWS service: how many of its actions the role holds; "
    "administrators have one row for the service *.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("service", "VARCHAR", "Service prefix, such as s3."),
        C("actions", "BIGINT", "Actions that the role holds on some resource."),
        C("actions_everywhere", "BIGINT", "Actions that it holds on everything."),
        C("actions_listed", "BIGINT", "Actions that the service has."),
        C("whole", "VARCHAR", "All of the service on everything: certain, conditional or NULL."),
        C("is_sensitive", "BOOLEAN", "All of the service is a finding of its own."),
    ),
    "content",
    "role_arn",
    USES,
)
USAGE = Table(
    "iam_role_uses",
    "One row per role and use: task, execution or instance.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("kind", "VARCHAR", "task, execution or instance."),
        C("in_use", "BOOLEAN", "Something that runs uses it so."),
        C("families", "BIGINT", "Task definition families that name it."),
        C("services", "BIGINT", "Services that run under it now."),
        C("is_known", "BOOLEAN", "The account has such a role."),
        C("fault", "VARCHAR", "Why its judgement is incomplete: a policy that is malformed or "
          "was not collected; NULL = all of it was judged."),
    ),
    reads=WORKLOADS_READ,
)  # fmt: skip
WORKLOADS = Table(
    "iam_role_workloads",
    "One row per role, use and what runs under it; instance roles by the tasks on their hosts.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("kind", "VARCHAR", "task, execution or instance."),
        C("via", "VARCHAR", "definition, override or metadata (the host's role over IMDS)."),
        C("task_definition_arn", "VARCHAR", "Revision that names it, or runs beside it."),
        C("family", "VARCHAR", "Its family."),
        C("service_arn", "VARCHAR", "Service that runs the revision; NULL for single tasks."),
        C("service_name", "VARCHAR", "Its name."),
        C("cluster_arn", "VARCHAR", "Cluster of the service or the task."),
        C("container_instance_arn", "VARCHAR", "Host, for via metadata."),
        C("reachable", "BOOLEAN", "For via metadata: the task can ask the host's metadata service; "
          "NULL = not known."),
    ),
    reads=WORKLOADS_READ,
)  # fmt: skip
RISKS = Table(
    "iam_risks",
    "One row per role, use and risk class that holds.",
    (
        *ROLE,
        C("in_use", "BOOLEAN", "Something that runs uses it so."),
        C("risk", "VARCHAR", "Risk class, such as ADMIN or PRIV_ESC."),
        C("state", "VARCHAR", "certain or conditional."),
        C("evidence", "VARCHAR", "The statement that gives it, in words."),
        C("policy_name", "VARCHAR", "Policy that gives it; trust for the trust policy."),
        C("statement", "VARCHAR", "Its statement: Sid, else index."),
        C("action", "VARCHAR", "Action, or actions of a path, that stand for it."),
        C("condition_keys", "VARCHAR", "Keys that a conditional one hangs on, blank separated."),
        C("fix", "VARCHAR", "Smallest change that takes it away."),
        C("snippet", "VARCHAR", "Part of a policy as JSON text that does so; NULL where names "
          "have to be chosen."),
    ),
    reads=USES,
)  # fmt: skip
JUDGEMENTS = Table(
    "iam_role_judgements",
    "One row per role of the account: who of AWS's services may assume it, what could not be read.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("role_name", "VARCHAR", "Role name."),
        C("fault", "VARCHAR", "Why its judgement is incomplete; NULL = all of it was judged."),
        C("tasks_assume", "VARCHAR", "ECS tasks may assume it: yes, no or unknown."),
        C("ecs_assumes", "VARCHAR", "The ECS service itself may: yes, no or unknown."),
        C("schedulers_assume", "VARCHAR", "EventBridge or its Scheduler may: yes, no or unknown."),
    ),
    reads=(*USES, "clusters"),
)
POWERS = Table(
    "iam_role_powers",
    "One row per role of the account and power over workloads that it has, whether ECS uses the "
    "role or not.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("role_name", "VARCHAR", "Role name."),
        C("power", "VARCHAR", "ADMIN, PRIV_ESC, SERVICE_WILDCARD, ECS_CONTROL, RUN_ANY, EXEC_ANY, "
          "SESSION_ANY, READ_ANY, PASS_ANY (any role to tasks) or DEPLOY_ANY (and start them)."),
        C("state", "VARCHAR", "certain or conditional."),
        C("evidence", "VARCHAR", "The statement that gives it, in words."),
        C("policy_name", "VARCHAR", "Policy that gives it."),
        C("statement", "VARCHAR", "Its statement: Sid, else index."),
        C("action", "VARCHAR", "Action, or actions of a path joined by +."),
        C("condition_keys", "VARCHAR", "Keys that a conditional one hangs on, blank separated."),
    ),
    reads=(*USES, "clusters"),
)  # fmt: skip
PASSES = Table(
    "iam_role_passes",
    "One row per role in use, service and role of the snapshot that it may pass and start.",
    (
        *ROLE,
        C("in_use", "BOOLEAN", "Something that runs uses it so."),
        C("passed_role_arn", "VARCHAR", "Role that it may pass."),
        C("service", "VARCHAR", "Service that would run under that role."),
        C("state", "VARCHAR", "certain or conditional."),
        C("path", "VARCHAR", "The actions of the path, joined by +."),
        C("passed_risks", "VARCHAR", "Risk classes of the passed role, blank separated."),
        C("is_stronger", "BOOLEAN", "The passed role has an action that this one has not."),
    ),
    reads=USES,
)
CHECKS = Table(
    "iam_checks",
    "One row per action that a revision needs of a role, and whether it is granted.",
    (
        C("task_definition_arn", "VARCHAR", "Revision."),
        C("part", "VARCHAR", "What needs it inside the revision."),
        C("purpose", "VARCHAR", "secret, parameter, registry, key, environment-file, log, "
          "log-create or image."),
        C("role_kind", "VARCHAR", "Role that has to hold it: execution or instance."),
        C("role_arn", "VARCHAR", "That role; NULL where it is not known."),
        C("role_name", "VARCHAR", "Its name."),
        C("action", "VARCHAR", "Action that is needed."),
        C("needed_resource", "VARCHAR", "Resource it is needed on."),
        C("verdict", "VARCHAR", "allowed, denied or unknown."),
        C("reason", "VARCHAR", "Why, in words."),
        C("fix", "VARCHAR", "Smallest change that grants it; NULL where it is allowed."),
        C("snippet", "VARCHAR", "Policy statement as JSON text that grants it."),
    ),
    reads=(*WORKLOADS_READ, "containers", "container_secrets", "container_log_options",
           "container_environment_files", "task_definition_attributes", "secrets",
           "ssm_parameters", "kms_keys", "resource_policies"),
)  # fmt: skip
