/** The check of a journal entry in the browser, step by step. */
import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Flex, Input, Spin, Typography } from 'antd'
import { useState } from 'react'
import { get, lines } from '../contract/client'
import { bytesOf, checkPath, leafOf, openCheckpoint, ProofError } from '../contract/proof'
import { useTexts, type Translate } from '../labels/i18n'
import { whole } from '../labels/format'
import { mayCall, useMe } from './session'
import { Failure } from './states'

const kept = (log: string) => `wancun.key:${log}`

interface Entry { position: string; record: string }
interface Checked { steps: string[]; fault?: string }

/** Checks the entry at a position of a log such as `logs/action`. */
export function Proof({ log, position }: { log: string; position: string }) {
  const { t } = useTexts()
  const { me } = useMe()
  const name = `wancun/${log.slice('logs/'.length)}`
  const [own, setOwn] = useState(() => localStorage.getItem(kept(log)) ?? '')
  const [typed, setTyped] = useState<string>()
  const served = useQuery({ queryKey: ['keys'], queryFn: () => get<{ keys: Record<string, string> }>('/keys.json'), staleTime: Infinity, retry: false })
  const key = own || served.data?.keys[log] || ''
  const readable = mayCall(me, 'JournalService_Read')
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['proof', log, position, key, readable],
    queryFn: () => check(log, position, key, readable, t),
    enabled: !!key && !!me, retry: false, staleTime: 60_000,
  })
  return (
    <Flex vertical gap="middle" className="proof">
      {error ? <Failure error={error} retry={() => void refetch()} /> : key && isPending ? <Spin description={t('proof.checking')}><div className="proof-wait" /></Spin> : data && (
        <>
          <Typography.Title level={3} type={data.fault ? 'danger' : 'success'} role="status">
            {data.fault ? <CloseCircleFilled /> : <CheckCircleFilled />} {data.fault ? t('proof.failed') : t('proof.verified')}
          </Typography.Title>
          <ol className="plain">{data.steps.map((step) => <li key={step}>{step}</li>)}</ol>
          {data.fault ? <Typography.Text type="danger">{data.fault}</Typography.Text> : <Typography.Text type="secondary">{t('proof.computed')}</Typography.Text>}
        </>
      )}
      {key && (
        <div>
          <Typography.Text strong>{t('proof.key')}</Typography.Text>
          <Typography.Paragraph copyable code className="key">{key}</Typography.Paragraph>
          <Typography.Text type="secondary">{t(own ? 'proof.keyOwn' : 'proof.keyServer')}</Typography.Text>
        </div>
      )}
      {!key && served.isFetched && <Typography.Text>{t('proof.keyMissing', { name })}</Typography.Text>}
      {typed === undefined && key ? <Button className="start" onClick={() => setTyped('')}>{t('proof.keyChange')}</Button> : (
        <Flex gap="small" wrap>
          <Input aria-label={t('proof.key')} placeholder={`${name}+…`} value={typed ?? ''} onChange={(e) => setTyped(e.target.value)} className="key-input" />
          <Button onClick={() => {
            const next = (typed ?? '').trim()
            if (next) localStorage.setItem(kept(log), next)
            else localStorage.removeItem(kept(log))
            setOwn(next)
            setTyped(undefined)
          }}>{t('proof.keyApply')}</Button>
        </Flex>
      )}
    </Flex>
  )
}

async function check(log: string, position: string, key: string, readable: boolean, t: Translate): Promise<Checked> {
  const steps: string[] = []
  const checkpoint = await get<{ note: string }>(`/v1/${log}/checkpoint`, { size: position })
  try {
    const tree = openCheckpoint(checkpoint.note, key)
    steps.push(t('proof.stepKey', { log }), t('proof.stepSignature', { size: whole(tree.size) }))
    const proof = await get<{ leaf: string; hashes?: string[] }>(`/v1/${log}/inclusionProof`, { position, size: tree.size })
    let leaf = bytesOf(proof.leaf)
    if (readable) {
      const parts = await lines<{ entries?: Entry[] }>(`/v1/${log}/entries`, { after: Number(position) - 1, limit: 1 })
      const entry = parts.flatMap((p) => p.entries ?? [])[0]
      const computed = leafOf(bytesOf(entry?.record ?? ''))
      if (computed.some((b, i) => b !== leaf[i])) throw new ProofError('proof.badRecord')
      leaf = computed
      steps.push(t('proof.stepRecord'))
    } else {
      steps.push(t('proof.stepRecordHidden'))
    }
    const hashes = (proof.hashes ?? []).map(bytesOf)
    checkPath(leaf, Number(position), tree.size, hashes, tree.root)
    steps.push(t('proof.stepPath', { hashes: hashes.length }))
    return { steps }
  } catch (error) {
    if (error instanceof ProofError) return { steps, fault: t(error.key) }
    throw error
  }
}
