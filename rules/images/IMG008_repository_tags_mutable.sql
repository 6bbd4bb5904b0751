/* ---
title: Repository tags are mutable
severity: low
confidence: certain
why: >
  A tag that may be overwritten lets whoever can push change what the next task runs.
fix: >
  Set imageTagMutability to IMMUTABLE.
effort: small
controls: {aws-fsbp: [ECR.2]}
refs:
  - https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
--- */
select
    repository_arn as resource,
    null::varchar as part,
    case
        when not in_use then 'skip'
        when starts_with(image_tag_mutability, 'MUTABLE') then 'fail'
        else 'pass'
    end as status,
    case
        when not in_use then 'No container in scope pulls from it.'
        else concat('Tag mutability is ', image_tag_mutability, '.')
    end as reason,
    image_tag_mutability,
    repository_name
from ecr_repositories
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'The account has no private repository in a collected region.' as reason,
    null as image_tag_mutability,
    null as repository_name
from accounts as a
where a.account_id not in (select account_id from ecr_repositories);
