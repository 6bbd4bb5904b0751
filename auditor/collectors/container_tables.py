"""Tables of what stands inside a container definition, one row per smallest thing."""

from __future__ import annotations

from auditor.collectors.values import VALUE_COLUMNS
from auditor.schema import Column, Item, Table

C = Column
OWNER = (
    C("task_definition_arn", "VARCHAR", "Revision the container belongs to."),
    C("container_name", "VARCHAR", "Container, unique within the revision."),
    C("part", "VARCHAR", "Path inside the revision, names percent-encoded."),
)


def _inside(name: str, doc: str, *columns: Column) -> Table:
    return Table(name, doc, (*OWNER, *columns), "revision", "task_definition_arn")


def _text(value: object) -> object:
    return value or None


def _health_command(item: Item) -> object:
    command = (item.get("healthCheck") or {}).get("command") or []
    # ["NONE"] switches an inherited check off.
    return bool(command) and command[0] != "NONE"


CONTAINERS = _inside(
    "containers",
    "One row per container of a task definition revision (daemon definitions too).",
    C("position", "BIGINT", "Place in containerDefinitions, from 0."),
    C("image", "VARCHAR", "Image reference as written.", "image"),
    C("image_registry", "VARCHAR", "Registry host; docker.io where none is written."),
    C("image_repository", "VARCHAR", "Repository without registry, tag and digest."),
    C("image_tag", "VARCHAR", "Tag as written, NULL where there is none."),
    C("image_digest", "VARCHAR", "Digest as written, NULL where there is none."),
    C("image_ecr_account_id", "VARCHAR", "Account of a private ECR registry, else NULL."),
    C("image_ecr_region", "VARCHAR", "Region of a private ECR registry, else NULL."),
    C("image_moves", "BOOLEAN", "No digest, and no tag or one that teams move (latest, main …)."),
    C(
        "repository_credentials",
        "VARCHAR",
        "Secret with the registry's credentials.",
        "repositoryCredentials.credentialsParameter",
    ),
    C(
        "essential",
        "BOOLEAN",
        "Whether the task stops with it; absent means true.",
        lambda item: item.get("essential") is not False,
    ),
    C("cpu", "BIGINT", "CPU units; 0 and NULL mean a share without reservation.", "cpu"),
    C("memory", "BIGINT", "Hard limit in MiB.", "memory"),
    C("memory_reservation", "BIGINT", "Soft limit in MiB.", "memoryReservation"),
    C(
        "user_name",
        "VARCHAR",
        "User as written, NULL where the image decides.",
        lambda item: _text(item.get("user")),
    ),
    C("privileged", "BOOLEAN", "Root-like rights on the host.", "privileged"),
    C(
        "readonly_root_filesystem",
        "BOOLEAN",
        "Root filesystem is read-only.",
        "readonlyRootFilesystem",
    ),
    C(
        "init_process_enabled",
        "BOOLEAN",
        "An init process reaps zombies.",
        "linuxParameters.initProcessEnabled",
    ),
    C(
        "shared_memory_size",
        "BIGINT",
        "Size of /dev/shm in MiB.",
        "linuxParameters.sharedMemorySize",
    ),
    C("max_swap", "BIGINT", "Swap in MiB.", "linuxParameters.maxSwap"),
    C("swappiness", "BIGINT", "Swappiness, 0 to 100.", "linuxParameters.swappiness"),
    C("interactive", "BOOLEAN", "stdin is kept open.", "interactive"),
    C("pseudo_terminal", "BOOLEAN", "A TTY is allocated.", "pseudoTerminal"),
    C("disable_networking", "BOOLEAN", "Networking is off.", "disableNetworking"),
    C("hostname", "VARCHAR", "Host name in the container.", lambda i: _text(i.get("hostname"))),
    C(
        "working_directory",
        "VARCHAR",
        "Working directory.",
        lambda item: _text(item.get("workingDirectory")),
    ),
    C("start_timeout", "BIGINT", "Seconds to wait for it as a dependency.", "startTimeout"),
    C("stop_timeout", "BIGINT", "Seconds between SIGTERM and SIGKILL.", "stopTimeout"),
    C(
        "version_consistency",
        "VARCHAR",
        "enabled or disabled; absent means enabled.",
        "versionConsistency",
    ),
    C("restart_enabled", "BOOLEAN", "Restart policy is on.", "restartPolicy.enabled"),
    C(
        "restart_attempt_period",
        "BIGINT",
        "Seconds it must run before a restart.",
        "restartPolicy.restartAttemptPeriod",
    ),
    C(
        "log_driver",
        "VARCHAR",
        "Log driver, NULL where there is no log configuration.",
        "logConfiguration.logDriver",
    ),
    C("has_health_check", "BOOLEAN", "A health check command is defined.", _health_command),
    C(
        "health_interval",
        "BIGINT",
        "Seconds between checks; absent means 30.",
        "healthCheck.interval",
    ),
    C(
        "health_timeout",
        "BIGINT",
        "Seconds a check may take; absent means 5.",
        "healthCheck.timeout",
    ),
    C(
        "health_retries",
        "BIGINT",
        "Failures before unhealthy; absent means 3.",
        "healthCheck.retries",
    ),
    C("health_start_period", "BIGINT", "Seconds of grace.", "healthCheck.startPeriod"),
    C(
        "firelens_type",
        "VARCHAR",
        "fluentd or fluentbit for a log router.",
        "firelensConfiguration.type",
    ),
    C(
        "fetches_code_at_start",
        "BOOLEAN",
        "Command or entry point downloads code from the network when the task starts.",
    ),
)
ENVIRONMENT = _inside(
    "container_environment",
    "One row per plain-text environment variable; values are classified before storage.",
    C("name", "VARCHAR", "Variable name."),
    *VALUE_COLUMNS,
    C("akia_account_id", "VARCHAR", "Account that an access key id in the value belongs to."),
)
ENVIRONMENT_FILES = _inside(
    "container_environment_files",
    "One row per environment file.",
    C("position", "BIGINT", "Place in environmentFiles, from 0."),
    C("object_arn", "VARCHAR", "ARN of the S3 object.", "value"),
    C(
        "bucket",
        "VARCHAR",
        "Bucket of the object.",
        lambda item: (str(item.get("value") or "").split(":::")[-1].partition("/")[0]) or None,
    ),
)
SECRETS = _inside(
    "container_secrets",
    "One row per secret that ECS injects: variables, log options, registry credentials.",
    C("name", "VARCHAR", "Variable or option that receives it."),
    C("place", "VARCHAR", "environment, log-option or registry-credentials."),
    C("value_from", "VARCHAR", "Reference as written; …(kind) where it is none."),
    C(
        "value_kind",
        "VARCHAR",
        "What stands in place of a reference: kind of a credential, or no_name for other text that "
        "cannot be a name; NULL for a reference.",
    ),
    C("reference_service", "VARCHAR", "secretsmanager or ssm."),
    C("reference_resource", "VARCHAR", "ARN without selectors; built for bare names."),
    C("reference_name", "VARCHAR", "Name of the secret (with its suffix) or parameter."),
    C("reference_account", "VARCHAR", "Account that owns it."),
    C("reference_region", "VARCHAR", "Region it lives in."),
    C("reference_by_arn", "BOOLEAN", "Named by ARN, not by a bare name."),
    C("reference_fields", "BIGINT", "Colon-separated fields after secret: (1 or 4 are valid)."),
    C("reference_json_key", "VARCHAR", "JSON key selected."),
    C("reference_version_stage", "VARCHAR", "Version stage selected."),
    C("reference_version_id", "VARCHAR", "Version id selected."),
)
MOUNTS = _inside(
    "container_mounts",
    "One row per mount point.",
    C("source_volume", "VARCHAR", "Volume that is mounted.", "sourceVolume"),
    C("container_path", "VARCHAR", "Path in the container.", "containerPath"),
    C(
        "read_only",
        "BOOLEAN",
        "Mounted read-only; absent means writable.",
        lambda item: item.get("readOnly") is True,
    ),
)
VOLUMES_FROM = _inside(
    "container_volumes_from",
    "One row per container whose mounts are taken over.",
    C("source_container", "VARCHAR", "Container that is copied.", "sourceContainer"),
    C("read_only", "BOOLEAN", "Taken read-only.", lambda item: item.get("readOnly") is True),
)
DEPENDENCIES = _inside(
    "container_dependencies",
    "One row per dependsOn entry.",
    C("target", "VARCHAR", "Container that is waited for.", "containerName"),
    C("condition", "VARCHAR", "START, COMPLETE, SUCCESS or HEALTHY.", "condition"),
)
PORTS = _inside(
    "container_ports",
    "One row per port mapping.",
    C("container_port", "BIGINT", "Port in the container.", "containerPort"),
    C("host_port", "BIGINT", "Port on the host; 0 and NULL mean one is chosen.", "hostPort"),
    C("protocol", "VARCHAR", "tcp or udp; absent means tcp.", lambda i: i.get("protocol") or "tcp"),
    C("name", "VARCHAR", "Name for Service Connect.", "name"),
    C("app_protocol", "VARCHAR", "http, http2 or grpc.", "appProtocol"),
    C("container_port_range", "VARCHAR", "Range of ports as written.", "containerPortRange"),
)
LOG_OPTIONS = _inside(
    "container_log_options",
    "One row per log driver option; values are classified before storage.",
    C("name", "VARCHAR", "Option name."),
    *VALUE_COLUMNS,
)
FIRELENS_OPTIONS = _inside(
    "container_firelens_options",
    "One row per FireLens option; values are classified before storage.",
    C("name", "VARCHAR", "Option name."),
    *VALUE_COLUMNS,
)
LABELS = _inside(
    "container_labels",
    "One row per Docker label; values are classified before storage.",
    C("name", "VARCHAR", "Label key."),
    *VALUE_COLUMNS,
)
COMMANDS = _inside(
    "container_commands",
    "One row per word of command, entry point and health check, each classified.",
    C("place", "VARCHAR", "command, entryPoint or healthCheck."),
    C("position", "BIGINT", "Place of the word, from 0."),
    *VALUE_COLUMNS,
)
CAPABILITIES = _inside(
    "container_capabilities",
    "One row per Linux capability added or dropped.",
    C("name", "VARCHAR", "Capability without the CAP_ prefix."),
    C("change", "VARCHAR", "add or drop."),
)
DEVICES = _inside(
    "container_devices",
    "One row per host device passed through.",
    C("host_path", "VARCHAR", "Device on the host.", "hostPath"),
    C("container_path", "VARCHAR", "Device in the container.", "containerPath"),
    C(
        "permissions",
        "VARCHAR",
        "read, write, mknod, comma separated.",
        lambda item: ",".join(item.get("permissions") or ()) or None,
    ),
)
TMPFS = _inside(
    "container_tmpfs",
    "One row per tmpfs mount.",
    C("container_path", "VARCHAR", "Path in the container.", "containerPath"),
    C("size_mib", "BIGINT", "Size in MiB.", "size"),
)
SYSTEM_CONTROLS = _inside(
    "container_system_controls",
    "One row per kernel parameter.",
    C("namespace", "VARCHAR", "Parameter, such as net.core.somaxconn.", "namespace"),
    C("setting", "VARCHAR", "Value that is set.", "value"),
)
SECURITY_OPTIONS = _inside(
    "container_security_options",
    "One row per Docker security option.",
    C("option", "VARCHAR", "Option as written."),
)
ULIMITS = _inside(
    "container_ulimits",
    "One row per ulimit.",
    C("name", "VARCHAR", "Limit, such as nofile.", "name"),
    C("soft_limit", "BIGINT", "Soft limit.", "softLimit"),
    C("hard_limit", "BIGINT", "Hard limit.", "hardLimit"),
)
RESOURCE_REQUIREMENTS = _inside(
    "container_resource_requirements",
    "One row per GPU or accelerator that the container asks for.",
    C("type", "VARCHAR", "GPU or InferenceAccelerator.", "type"),
    C("amount", "VARCHAR", "Number of GPUs or name of the accelerator.", "value"),
)
DNS = _inside(
    "container_dns",
    "One row per DNS server or search domain.",
    C("kind", "VARCHAR", "server or search."),
    C("address", "VARCHAR", "Server address or domain."),
)
EXTRA_HOSTS = _inside(
    "container_extra_hosts",
    "One row per entry added to /etc/hosts.",
    C("hostname", "VARCHAR", "Host name.", "hostname"),
    C("ip_address", "VARCHAR", "Address it is mapped to.", "ipAddress"),
)
LINKS = _inside(
    "container_links",
    "One row per legacy link between containers.",
    C("target", "VARCHAR", "Container that is linked."),
    C("alias", "VARCHAR", "Alias it gets."),
)
CREDENTIAL_SPECS = _inside(
    "container_credential_specs",
    "One row per gMSA credential specification.",
    C("credential_spec", "VARCHAR", "Reference to the specification."),
)
TABLES = tuple(value for value in list(globals().values()) if isinstance(value, Table))
