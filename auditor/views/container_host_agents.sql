/* ---
doc: One row per container whose image is that of a host agent, from the vendor's registry, Amazon ECR Public or a repository of the own account.
columns:
  account_id: Account.
  region: Region.
  task_definition_arn: Revision.
  container_name: Container.
  part: Path inside the revision.
  agent: Product that the image is.
reads: [containers, host_agents]
--- */
select
    c.account_id,
    c.region,
    c.task_definition_arn,
    c.container_name,
    c.part,
    min(a.agent) as agent
from containers as c
inner join host_agents as a
    on
        (
            c.image_repository = a.image_repository
            and c.image_registry in (a.image_registry, 'public.ecr.aws')
        )
        -- Mirrors and pull-through caches keep the vendor's path under a prefix; a bare name
        -- such as "sensor" is too easily another program's.
        or (
            c.image_ecr_account_id = c.account_id
            and contains(a.image_repository, '/')
            and ends_with(concat('/', c.image_repository), concat('/', a.image_repository))
        )
group by c.account_id, c.region, c.task_definition_arn, c.container_name, c.part
