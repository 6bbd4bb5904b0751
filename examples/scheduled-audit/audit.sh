#!/bin/sh
# One audit. The exit code is the audit's own: 0 clean, 1 findings, 3 gaps, 2 and 4 broken.
set -u
: "${ECS_AUDIT_HOME:=/var/lib/ecs-audit}"
cd "$ECS_AUDIT_HOME" || exit 4
ecs-audit run --config "${ECS_AUDIT_CONFIG:-ecs-audit.toml}" --log-json "$@"
verdict=$?
case $verdict in
    0 | 1 | 3) ecs-audit snapshots prune --db audit.duckdb --keep 90 --quiet || exit 4 ;;
esac
exit $verdict
