/** A campaign: what was stated, recorded and confirmed, by indicator, action, place and month. Figures open their entries. */
import { PrinterOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Card, Flex, Grid, Input, Segmented, Table, Tag, Typography } from 'antd'
import { useState } from 'react'
import { Link, Navigate, useParams, useSearchParams } from 'react-router'
import { list } from '../contract/client'
import { contract } from '../contract/model'
import { Reference } from '../kit/Value'
import { Failure, Loading, Nothing } from '../kit/states'
import { money, month, percent, share, time, whole } from '../labels/format'
import { useTexts } from '../labels/i18n'
import { Entries } from './Entries'
import { byPrefecture, grouped, measures, useAmounts, useBulletin, useOverview, type Amount, type Bulletin, type Figure, type Part } from './figures'

/** The page at /console/campaign: that of the newest campaign. */
export function NewestCampaign() {
  const { t } = useTexts()
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['newest campaign'], queryFn: ({ signal }) => list('campaigns', { pageSize: 1, orderBy: 'start_date desc' }, signal) })
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (isPending) return <Loading />
  const newest = data.rows[0]
  if (!newest) return <Nothing text={t('campaign.none')}>{t('campaign.noneHelp')}</Nothing>
  return <Navigate to={`/console/campaign/${String(newest.name).split('/')[1]}`} replace />
}

/** The end of a day in China, as the API takes it. */
const endOf = (day: string) => (day ? new Date(`${day}T23:59:59+08:00`).toISOString().replace('.000', '') : '')

/** The page at /console/campaign/{campaign}. */
export function CampaignPage() {
  const { t, language } = useTexts()
  const { name } = useAmounts()
  const campaign = `campaigns/${useParams().campaign ?? ''}`
  const [query, setQuery] = useSearchParams()
  const day = query.get('known') ?? ''
  const knownAt = endOf(day)
  const bulletin = useBulletin(campaign, knownAt)
  const overview = useOverview(campaign, knownAt)
  const print = `/v1/${campaign}/bulletin:render?language=${language === 'en' ? 'ENGLISH' : 'CHINESE'}${knownAt && `&asKnownAt=${knownAt}`}`
  const choose = (known: string) => setQuery(known ? { known } : {})
  return (
    <div className="campaign">
      <Flex justify="space-between" align="start" wrap gap="small" className="head">
        <div>
          <Typography.Title level={1}>{bulletin.data ? name(bulletin.data) : t('nav.campaign')}</Typography.Title>
          {bulletin.data?.asOf.time && <Typography.Text type="secondary">{t('campaign.asOf', { time: time(bulletin.data.asOf.time, language) })}</Typography.Text>}
        </div>
        <Flex gap="small" wrap align="center" className="no-print">
          <label htmlFor="known">{t('campaign.knownAt')}</label>
          <Input id="known" type="date" value={day} onChange={(e) => choose(e.target.value)} className="known" />
          {day && <Button onClick={() => choose('')}>{t('campaign.now')}</Button>}
          <Button href={`${print}&format=HTML`} target="_blank">{t('campaign.bulletin')}</Button>
          <Button href={`${print}&format=PDF`} target="_blank">PDF</Button>
          <Button icon={<PrinterOutlined />} onClick={() => window.print()}>{t('campaign.print')}</Button>
          <Link to={`/console/record/${campaign}`}>{t('campaign.settings')}</Link>
        </Flex>
      </Flex>
      {bulletin.error ? <Failure error={bulletin.error} retry={() => void bulletin.refetch()} /> : bulletin.isPending ? <Loading rows={12} /> : <>
        <Totals bulletin={bulletin.data} />
        <Figures bulletin={bulletin.data} campaign={campaign} knownAt={knownAt} />
      </>}
      {overview.error ? <Failure error={overview.error} retry={() => void overview.refetch()} /> : overview.data && <>
        <Parts title={t('campaign.byAction')} parts={overview.data.actions} label={(p) => name(p)} />
        <Parts title={t('campaign.byPrefecture')} parts={byPrefecture(overview.data.counties)} label={(p) => <Reference name={p.key} />} ranked />
        <Parts title={t('campaign.byCounty')} parts={overview.data.counties} label={(p) => <Reference name={p.key} />} ranked />
        <Parts title={t('campaign.byMonth')} parts={overview.data.months} label={(p) => month(p.key, language)} />
      </>}
    </div>
  )
}

function Totals({ bulletin }: { bulletin: Bulletin }) {
  const { t, language } = useTexts()
  const note = language === 'en' ? bulletin.exampleNoteEn : bulletin.exampleNote
  return (
    <>
      {note && <Alert type="info" title={note} className="no-print" />}
      <div className="kpis">
        {measures.map(([label, field]) => (
          <div key={field} className="kpi">
            <span>{t(label)}</span><b>{money(bulletin.recorded[field], language)}</b>
            <small>{t('campaign.confirmedShare', { share: share(bulletin.confirmed[field], bulletin.recorded[field]) || '–' })}</small>
          </div>
        ))}
        <div className="kpi">
          <span>{t('campaign.deliveries')}</span><b>{whole(bulletin.recorded.deliveries)}</b>
          <small>{t('campaign.confirmedShare', { share: share(bulletin.confirmed.deliveries, bulletin.recorded.deliveries) || '–' })}</small>
        </div>
        <div className="kpi"><span>{t('campaign.organizations')}</span><b>{whole(bulletin.organizations)}</b></div>
        <div className="kpi">
          <span>{t('campaign.coverage')}</span><b>{share(bulletin.villages, bulletin.scopeVillages) || '–'}</b>
          <small>{t('campaign.coverageOf', { villages: whole(bulletin.villages), scope: whole(bulletin.scopeVillages) })}</small>
        </div>
      </div>
      <Typography.Text type="secondary">{t('campaign.apart')}</Typography.Text>
    </>
  )
}

const colours: Record<string, string> = { AGREES: 'green', BELOW: 'gold', ABOVE: 'blue' }

function Figures({ bulletin, campaign, knownAt }: { bulletin: Bulletin; campaign: string; knownAt: string }) {
  const { t, word } = useTexts()
  const { amount, stated, name } = useAmounts()
  const wide = Grid.useBreakpoint().md
  const [open, setOpen] = useState<{ figure: Figure; confirmed: boolean }>()
  const cell = (figure: Figure, of: Amount | undefined, confirmed: boolean) => {
    const texts = amount(figure, of)
    if (!texts.length) return <Typography.Text type="secondary">–</Typography.Text>
    const lines = texts.map((text) => <div key={text} className="number">{text}</div>)
    if (of?.deliveries === '0') return lines
    return <button type="button" className="figure-link" aria-label={`${name(figure)} ${t(confirmed ? 'campaign.confirmed' : 'campaign.recorded')} ${texts.join(' ')}`} onClick={() => setOpen({ figure, confirmed })}>{lines}</button>
  }
  return (
    <>
      {grouped(bulletin).map(({ id, group, figures }) => (
        <Card key={id} size="small" title={group ? name(group) : t('campaign.byIndicator')} className="group">
          {!wide ? <div className="figures">{figures.map((f) => (
            <div key={f.indicator} className="figure">
              <h4>{name(f)}</h4>
              <dl>
                <dt>{t('campaign.stated')}</dt><dd>{stated(f) || '–'}</dd>
                <dt>{t('campaign.recorded')}</dt><dd>{cell(f, f.recorded, false)}</dd>
                <dt>{t('campaign.confirmed')}</dt><dd>{cell(f, f.confirmed, true)}</dd>
              </dl>
            </div>
          ))}</div> : <Table<Figure>
            size="small" rowKey="indicator" dataSource={figures} pagination={false} scroll={{ x: 'max-content' }}
            columns={[
              { key: 'indicator', title: t('campaign.indicator'), render: (_, f) => name(f), className: 'indicator' },
              { key: 'stated', title: t('campaign.stated'), align: 'right', width: 170, render: (_, f) => f.stated ? <Link to={`/console/record/${f.stated.name}`} title={f.stated.source} className="number">{stated(f)}</Link> : '–' },
              { key: 'recorded', title: t('campaign.recorded'), align: 'right', width: 190, render: (_, f) => cell(f, f.recorded, false) },
              { key: 'confirmed', title: t('campaign.confirmed'), align: 'right', width: 190, render: (_, f) => cell(f, f.confirmed, true) },
              { key: 'share', title: t('campaign.itemised'), align: 'right', width: 110, render: (_, f) => f.itemisedShare ? percent(f.itemisedShare) : '–' },
              { key: 'agreement', title: t('campaign.agreement'), width: 130, render: (_, f) => f.agreement !== 'AGREEMENT_UNSPECIFIED' && <Tag color={colours[f.agreement]}>{word(agreements[f.agreement])}</Tag> },
            ]}
          />}
        </Card>
      ))}
      {open && <Entries campaign={campaign} figure={open.figure} confirmed={open.confirmed} knownAt={knownAt} onClose={() => setOpen(undefined)} />}
    </>
  )
}

const agreements = contract.enums['wancun.report.v1.Figure.Agreement'] ?? {}

type Field = 'deliveries' | 'cashFen' | 'goodsFen' | 'serviceFen'

/** Sums by part, with a bar for the recorded amount and its confirmed share. */
function Parts<P extends Pick<Part, 'key' | 'recorded' | 'confirmed'>>({ title, parts, label, ranked }: { title: string; parts: P[]; label: (part: P) => React.ReactNode; ranked?: boolean }) {
  const { t, language } = useTexts()
  const [field, setField] = useState<Field>('deliveries')
  if (parts.length === 0) return null
  const shown = (amount: Amount) => (field === 'deliveries' ? whole(amount.deliveries) : money(amount[field], language))
  const most = Math.max(1, ...parts.map((p) => Number(p.recorded[field])))
  const rows = ranked ? [...parts].sort((a, b) => Number(b.recorded[field]) - Number(a.recorded[field])) : parts
  return (
    <Card size="small" title={title} className="group" extra={
      <Segmented<Field> size="small" value={field} onChange={setField} className="no-print" options={[
        { value: 'deliveries', label: t('campaign.deliveries') },
        ...measures.map(([key, value]) => ({ value, label: t(key) })),
      ]} />
    }>
      <Table<P>
        size="small" rowKey="key" dataSource={rows} pagination={false} scroll={{ x: 'max-content' }}
        columns={[
          { key: 'label', title, render: (_, p) => label(p), className: 'part' },
          { key: 'recorded', title: t('campaign.recorded'), align: 'right', width: 140, render: (_, p) => <span className="number">{shown(p.recorded)}</span> },
          { key: 'confirmed', title: t('campaign.confirmed'), align: 'right', width: 140, render: (_, p) => <span className="number">{shown(p.confirmed)}</span> },
          { key: 'bar', title: '', responsive: ['md'], render: (_, p) => (
            <div className="bar" aria-hidden="true">
              <i style={{ width: `${(Number(p.recorded[field]) / most) * 100}%` }} />
              <b style={{ width: `${(Number(p.confirmed[field]) / most) * 100}%` }} />
            </div>
          ) },
        ]}
      />
    </Card>
  )
}
