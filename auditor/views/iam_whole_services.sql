/* ---
doc: One row per role and service that it holds as a whole, of the services whose wildcard is a finding of its own.
columns:
  account_id: Account.
  role_arn: Role.
  service: Prefix of the service's actions; * for administrators.
  state: certain or conditional.
reads: [iam_service_grants]
--- */
select
    account_id,
    role_arn,
    service,
    whole as state
from iam_service_grants
where
    whole is not null
    and service in (
        '*', 'iam', 'sts', 'kms', 'secretsmanager', 'ssm', 's3', 'dynamodb', 'rds', 'ec2', 'ecs',
        'ecr', 'lambda', 'cloudformation', 'organizations', 'cloudtrail'
    );
