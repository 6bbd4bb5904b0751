/* ---
title: Variable name announces a secret and the value is a literal
severity: high
confidence: likely
why: >
  Environment values are shown to everyone who may call ecs:DescribeTaskDefinition,
  and every older revision keeps them.
fix: >
  Store the value in Secrets Manager or SSM Parameter Store, name it under secrets,
  register a new revision, update the service and rotate the value.
effort: small
yields_to: [SEC001]
controls: {aws-fsbp: [ECS.8]}
refs: [https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html]
snippets:
  terraform: |
    secrets = [{ name = "DB_PASSWORD", valueFrom = aws_secretsmanager_secret.db.arn }]
--- */
with announced as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        part,
        name,
        value_class,
        value_kind,
        value_confidence
    from container_environment
    where
        value_class = 'unclassified'
        or (
            (
                value_confidence = 'medium'
                or (value_confidence = 'high' and starts_with(value_kind, 'named_'))
            )
            -- SEC003 judges these, for the container as a whole
            and name not in (
                'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'ECS_ENGINE_AUTH_DATA'
            )
        )
)

select
    containers.task_definition_arn as resource,
    coalesce(announced.part, containers.part) as part,
    case announced.value_class
        when 'secret' then 'fail'
        when 'unclassified' then 'unknown'
        else 'pass'
    end as status,
    case announced.value_class
        when 'secret' then concat(announced.name, ' holds a secret in plain text.')
        when 'unclassified' then concat(announced.name, ' could not be classified.')
        else 'No variable named like a secret holds a literal.'
    end as reason,
    announced.name as variable,
    announced.value_kind,
    announced.value_confidence,
    announced.value_class
from containers
left join announced
    on
        containers.account_id = announced.account_id
        and containers.region = announced.region
        and containers.task_definition_arn = announced.task_definition_arn
        and containers.container_name = announced.container_name;
