/** The page at /: campaigns and their figures, how to check them, and the way to sign in. For people, without signing in. */
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { get, list } from '../contract/client'
import type { Row } from '../contract/model'
import { day, money, share, time, whole, type Day } from '../labels/format'
import { choose, useTexts } from '../labels/i18n'
import { grouped, measures, useAmounts, useBulletin, type Bulletin } from './figures'

export default function PublicPage() {
  const { t, language } = useTexts()
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['campaigns'], queryFn: ({ signal }) => list('campaigns', { pageSize: 20, orderBy: 'start_date desc' }, signal) })
  const keys = useQuery({ queryKey: ['keys'], queryFn: () => get<{ keys: Record<string, string> }>('/keys.json'), staleTime: Infinity })
  useEffect(() => {
    document.title = `${t('app.name')} · ${t('public.title')}`
  }, [t])
  return (
    <div className="public">
      <header>
        <span className="brand"><img src="/console/assets/wancun.svg" alt="" width={26} height={26} /> {t('app.name')}</span>
        <span className="tools">
          <button type="button" className="button" onClick={() => choose(language === 'en' ? 'zh-CN' : 'en')}>{t('app.language')}</button>
          <a className="button main" href="/console">{t('public.console')}</a>
        </span>
      </header>
      <main>
        <h1>{t('public.title')}</h1>
        <p className="lead">{t('public.lead')}</p>
        {error ? <p role="alert">{t('state.offline')} <button type="button" className="button" onClick={() => void refetch()}>{t('state.retry')}</button></p>
          : isPending ? <p aria-busy="true">{t('app.loading')}</p>
            : data.rows.length === 0 ? <p>{t('public.none')}</p>
              : data.rows.map((row) => <Campaign key={String(row.name)} row={row} />)}
        <h2>{t('public.howTo')}</h2>
        <ol className="steps">
          <li>{t('public.step1')}</li>
          <li>{t('public.step2')}</li>
          <li>{t('public.step3', { keys: '/keys.json' })}</li>
        </ol>
        {Object.values(keys.data?.keys ?? {}).map((key) => <code key={key} className="key">{key}</code>)}
        <h2>{t('public.forStaff')}</h2>
        <p>{t('public.signInHelp')}</p>
        <div className="row"><a className="button main" href="/console">{t('public.console')}</a> <a href="/docs">{t('app.docs')}</a></div>
      </main>
    </div>
  )
}

function Campaign({ row }: { row: Row }) {
  const { t, language } = useTexts()
  const { name } = useAmounts()
  const bulletin = useBulletin(String(row.name), '')
  const from = day(row.startDate as Day, language)
  const until = day(row.endDate as Day, language)
  const print = `/v1/${String(row.name)}/bulletin:render?language=${language === 'en' ? 'ENGLISH' : 'CHINESE'}`
  return (
    <section>
      <h2>{name(row as unknown as Bulletin)}</h2>
      <p className="note">
        {language === 'en' ? String(row.issuerEn || row.issuer) : String(row.issuer)} · {until ? t('public.period', { from, to: until }) : t('public.periodOpen', { from })}
      </p>
      {bulletin.data && <Summary bulletin={bulletin.data} print={print} />}
    </section>
  )
}

function Summary({ bulletin, print }: { bulletin: Bulletin; print: string }) {
  const { t, language } = useTexts()
  const { amount, stated, name } = useAmounts()
  const note = language === 'en' ? bulletin.exampleNoteEn : bulletin.exampleNote
  return (
    <>
      {note && <p className="box note">{note}</p>}
      <div className="kpis">
        {measures.map(([label, field]) => (
          <div key={field} className="kpi">
            <span>{t(label)}</span><b>{money(bulletin.recorded[field], language)}</b>
            <small>{t('campaign.confirmedShare', { share: share(bulletin.confirmed[field], bulletin.recorded[field]) || '–' })}</small>
          </div>
        ))}
        <div className="kpi">
          <span>{t('campaign.coverage')}</span><b>{share(bulletin.villages, bulletin.scopeVillages) || '–'}</b>
          <small>{t('campaign.coverageOf', { villages: whole(bulletin.villages), scope: whole(bulletin.scopeVillages) })}</small>
        </div>
      </div>
      <p className="note">{t('campaign.apart')} {t('public.stated')}</p>
      <div className="row"><a className="button" href={`${print}&format=HTML`}>{t('public.print')}</a> <a className="button" href={`${print}&format=PDF`}>PDF</a> <span className="note">{bulletin.asOf.time && t('campaign.asOf', { time: time(bulletin.asOf.time, language) })}</span></div>
      {grouped(bulletin).map(({ id, group, figures }) => (
        <section key={id}>
          <h3>{group ? name(group) : t('campaign.byIndicator')}</h3>
          <div className="figures">
            {figures.map((f) => (
              <div key={f.indicator} className="figure">
                <h4>{name(f)}</h4>
                <dl>
                  <dt>{t('campaign.stated')}</dt><dd>{stated(f) || '–'}</dd>
                  <dt>{t('campaign.recorded')}</dt><dd>{amount(f, f.recorded).join(' ') || '–'}</dd>
                  <dt>{t('campaign.confirmed')}</dt><dd>{amount(f, f.confirmed).join(' ') || '–'}</dd>
                </dl>
              </div>
            ))}
          </div>
        </section>
      ))}
    </>
  )
}
