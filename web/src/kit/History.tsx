/** The history of a record from the journal: who wrote what, when, why, and what changed. */
import { useQuery } from '@tanstack/react-query'
import { Flex, Timeline, Typography } from 'antd'
import { lines, Problem } from '../contract/client'
import { contract, fieldsOf, type Resource, type Row } from '../contract/model'
import { time } from '../labels/format'
import { useTexts } from '../labels/i18n'
import { ProofButton } from './ProofButton'
import { mayCall, useMe } from './session'
import { Failure, Loading, Nothing } from './states'
import { Value } from './Value'

interface Entry {
  position: string
  content?: {
    revision: string
    body?: Row
    method: string
    time: string
    reason?: string
    actor?: { subject?: string; role?: string }
  }
}

const hidden = ['name', 'etag', 'authors', 'createTime', 'updateTime', '@type']

/** The entries of a record, newest first. */
export function History({ resource, name }: { resource: Resource; name: string }) {
  const { t } = useTexts()
  const { me } = useMe()
  const log = `logs/${resource.service}`
  const readable = mayCall(me, 'JournalService_Read')
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['history', name],
    queryFn: async ({ signal }) => (await lines<{ entries?: Entry[] }>(`/v1/${log}/entries`, { resource: name, decode: true }, signal)).flatMap((p) => p.entries ?? []),
    enabled: readable,
  })
  if (!readable || (error instanceof Problem && error.status === 403)) return <Typography.Text type="secondary">{t('record.historyNone')}</Typography.Text>
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (isPending) return <Loading rows={4} />
  if (data.length === 0) return <Nothing text={t('record.historyEmpty')} />
  const items = data.map((entry, i) => ({
    key: entry.position,
    content: <One resource={resource} log={log} entry={entry} before={before(data, i)} />,
  }))
  return <Timeline items={items.reverse()} />
}

function before(entries: Entry[], i: number): Row | undefined {
  for (let at = i - 1; at >= 0; at--) if (entries[at]?.content?.body) return entries[at]?.content?.body
  return undefined
}

function One({ resource, log, entry, before }: { resource: Resource; log: string; entry: Entry; before?: Row }) {
  const { t, word, language } = useTexts()
  const record = entry.content
  const id = record?.method.slice(record.method.lastIndexOf('.') + 1).replace('/', '_') ?? ''
  const role = word(contract.enums['wancun.access.v1.Grant.Role']?.[record?.actor?.role ?? '']) || record?.actor?.role || ''
  const after = record?.body
  const changed = after ? fieldsOf(resource).filter((f) => !hidden.includes(f.name) && JSON.stringify(before?.[f.name]) !== JSON.stringify(after[f.name])) : []
  return (
    <Flex vertical gap={2}>
      <Flex gap="small" align="center" wrap>
        <Typography.Text strong>{word(contract.verbs[id]) || id}</Typography.Text>
        <Typography.Text type="secondary" className="nowrap">{time(record?.time, language)}</Typography.Text>
        <ProofButton log={log} position={entry.position} />
      </Flex>
      <Typography.Text>{record?.actor?.subject ? t('record.by', { subject: record.actor.subject, role }) : t('record.anonymous')}</Typography.Text>
      {record?.reason && <Typography.Text>{t('record.reason', { reason: record.reason })}</Typography.Text>}
      {!after && <Typography.Text>{t('record.erased')}</Typography.Text>}
      {before && changed.map((f) => (
        <div key={f.name} className="change">
          <Typography.Text type="secondary">{word(f.label)}</Typography.Text>{' '}
          <del><Value field={f} value={before[f.name]} at={{ resource, row: before }} /></del> → <Value field={f} value={after?.[f.name]} at={{ resource, row: after }} />
        </div>
      ))}
      <Typography.Text type="secondary"><small>{t('record.revision', { n: record?.revision ?? '' })} · {t('record.position', { n: entry.position })}</small></Typography.Text>
    </Flex>
  )
}
