/** What waits for the caller: rows of any resource in a state that a second person answers for, and what can be begun. */
import { PlusOutlined } from '@ant-design/icons'
import { useQueries } from '@tanstack/react-query'
import { Alert, Button, Flex, Typography } from 'antd'
import { Link, Navigate, useNavigate } from 'react-router'
import { list } from '../contract/client'
import { contract, everywhere, fieldsOf, type Method, type Resource } from '../contract/model'
import { may, useMe, type Me } from '../kit/session'
import { useTexts } from '../labels/i18n'

/** Up to how many rows are counted. */
const most = 100

/** A state in which rows wait for a method that the caller may call. */
interface Task {
  resource: Resource
  method: Method
  state: string
}

/** The tasks of a caller, by the transitions of the contract. A state that several methods lead out of is one task. */
export function tasksOf(me: Me | undefined, resources: Resource[]): Task[] {
  return resources.flatMap((resource) => resource.transitions.flatMap((transition) => {
    const method = resource.custom.find((m) => m.id === transition.operationId)
    const waiting = transition.from.filter((state) => !resource.transitions.some((t) => t.answer && t.to === state))
    if (transition.answer !== 'AFFIRMS' || !method || !may(me, method) || !may(me, resource.list)) return []
    return waiting.map((state) => ({ resource, method, state }))
  }))
}

/** The page at /console. Callers who are not signed in see the campaign. */
export function Home() {
  const { t, word } = useTexts()
  const { me } = useMe()
  const navigate = useNavigate()
  const resources = Object.values(contract.resources)
  const tasks = tasksOf(me, resources)
  const counts = useQueries({ queries: tasks.map(({ resource, state }) => ({
    queryKey: ['waiting', resource.id, state],
    queryFn: () => list(everywhere(resource), { pageSize: most, filter: `state = ${state}` }),
    refetchInterval: 60_000,
  })) })
  if (!me?.subject) return <Navigate to="/console/campaign" replace />
  const roles = contract.enums['wancun.access.v1.Grant.Role'] ?? {}
  const begin = resources.filter((r) => may(me, r.create))
  return (
    <>
      <div className="head">
        <Typography.Title level={1}>{t('home.waiting')}</Typography.Title>
        <Typography.Text type="secondary">
          {me.displayName || me.subject} · {[...new Set(me.grants.map((g) => word(roles[g.role])))].join(', ')}
        </Typography.Text>
      </div>
      {me.grants.length === 0 && <Alert type="warning" showIcon title={t('home.noGrant')} description={t('home.noGrantHelp')} />}
      {me.grants.length > 0 && tasks.length === 0 && <p>{t('home.nothing')}</p>}
      <div className="tiles">
        {tasks.map(({ resource, method, state }, i) => {
          const page = counts[i]?.data
          const label = fieldsOf(resource).find((f) => f.name === 'state')
          return (
            <Link key={`${method.id} ${state}`} className="tile" to={`/console/list/${everywhere(resource)}?state=${state}`}>
              <span>{word(resource.label)} · {word(contract.enums[label?.enum ?? '']?.[state])}</span>
              <strong>{page ? (page.next ? t('home.more', { n: page.rows.length }) : page.rows.length) : counts[i]?.isError ? '?' : '…'}</strong>
              <small>{word(method.label)}</small>
            </Link>
          )
        })}
      </div>
      {begin.length > 0 && <Typography.Title level={2} className="section">{t('home.start')}</Typography.Title>}
      <Flex gap="small" wrap>
        {begin.map((r) => <Button key={r.id} size="large" icon={<PlusOutlined />} onClick={() => void navigate(`/console/new/${everywhere(r)}`)}>{word(r.label)}</Button>)}
      </Flex>
    </>
  )
}
