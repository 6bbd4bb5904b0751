/* ---
doc: One row per revision all of whose containers are host agents.
columns:
  account_id: Account.
  region: Region.
  task_definition_arn: Revision.
  agent: Products that the images are.
reads: [containers, host_agents]
--- */
select
    c.account_id,
    c.region,
    c.task_definition_arn,
    string_agg(distinct a.agent, ', ' order by a.agent) as agent
from containers as c
left join container_host_agents as a
    on
        c.account_id = a.account_id and c.region = a.region
        and c.task_definition_arn = a.task_definition_arn
        and c.container_name = a.container_name
group by c.account_id, c.region, c.task_definition_arn
having count(*) = count(a.agent)
