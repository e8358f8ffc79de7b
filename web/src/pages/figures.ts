/** The figures of a campaign as report answers them, and their amounts as people read them. */
import { useQuery } from '@tanstack/react-query'
import { get } from '../contract/client'
import { contract } from '../contract/model'
import { money, whole } from '../labels/format'
import { useTexts, type Language } from '../labels/i18n'

/** Amount is a sum; the three measures are never added. */
export interface Amount {
  value: string
  cashFen: string
  goodsFen: string
  serviceFen: string
  deliveries: string
}

/** Figure is what was stated, recorded and confirmed of one indicator. */
export interface Figure {
  indicator: string
  group: string
  displayName: string
  displayNameEn: string
  unit: string
  unitZh: string
  kind: string
  stated?: { name: string; value: string; qualifier: string; source: string }
  recorded?: Amount
  confirmed?: Amount
  itemisedShare?: string
  agreement: string
}

interface AsOf {
  time?: string
  positions?: { log: string; position: string; checkpoint: string }[]
}

export interface Bulletin {
  displayName: string
  displayNameEn: string
  issuer: string
  issuerEn: string
  exampleNote?: string
  exampleNoteEn?: string
  asOf: AsOf
  figures: Figure[]
  groups: { id: string; displayName: string; displayNameEn: string }[]
  recorded: Amount
  confirmed: Amount
  organizations: string
  villages: string
  scopeVillages: string
}

/** Part is the sum of an action, a county or a month. */
export interface Part {
  key: string
  displayName: string
  displayNameEn: string
  recorded: Amount
  confirmed: Amount
  organizations: string
  villages: string
}

interface Overview {
  actions: Part[]
  counties: Part[]
  months: Part[]
}

/** How often a page that shows present figures asks for them again, in milliseconds. */
const pace = 15_000

/** The bulletin of a campaign, `campaigns/{campaign}`, now or as known at a moment. */
export function useBulletin(campaign: string, knownAt: string) {
  return useQuery({
    queryKey: ['bulletin', campaign, knownAt],
    queryFn: ({ signal }) => get<Bulletin>(`/v1/${campaign}/bulletin`, { asKnownAt: knownAt }, signal),
    refetchInterval: knownAt ? false : pace,
  })
}

/** The sums of a campaign by action, county and month. */
export function useOverview(campaign: string, knownAt: string) {
  return useQuery({
    queryKey: ['overview', campaign, knownAt],
    queryFn: ({ signal }) => get<Overview>(`/v1/${campaign}/overview`, { asKnownAt: knownAt }, signal),
    refetchInterval: knownAt ? false : pace,
  })
}

/** The three measures that a sum has, as keys of the labels. */
export const measures = [
  ['campaign.cash', 'cashFen'],
  ['campaign.goods', 'goodsFen'],
  ['campaign.services', 'serviceFen'],
] as const

const isMoney = (figure: Figure) => figure.unit === 'CNY'

function single(figure: Figure, value: string, language: Language): string {
  if (isMoney(figure)) return money(value, language)
  return `${whole(value)} ${language === 'zh-CN' ? figure.unitZh : figure.unit}`
}

/** The texts of the amounts of a figure. Several measures are several texts. */
export function useAmounts(): {
  amount: (figure: Figure, amount: Amount | undefined) => string[]
  stated: (figure: Figure) => string
  name: (row: { displayName: string; displayNameEn: string }) => string
} {
  const { t, word, language } = useTexts()
  const name = (row: { displayName: string; displayNameEn: string }) => (language === 'en' ? row.displayNameEn || row.displayName : row.displayName || row.displayNameEn)
  const amount = (figure: Figure, of: Amount | undefined) => {
    if (!of) return []
    if (figure.kind !== 'MIXED_VALUE') return [single(figure, of.value, language)]
    return measures.filter(([, field]) => of[field] !== '0').map(([label, field]) => `${t(label)} ${money(of[field], language)}`)
  }
  const stated = (figure: Figure) => {
    if (!figure.stated) return ''
    const qualifier = figure.stated.qualifier === 'EXACT' ? '' : word(contract.enums['wancun.report.v1.Statement.Qualifier']?.[figure.stated.qualifier])
    const value = single(figure, figure.stated.value, language)
    return qualifier ? (language === 'zh-CN' ? `${qualifier}${value}` : `${qualifier.toLowerCase()} ${value}`) : value
  }
  return { amount, stated, name }
}

/** The figures in their groups, in the order of the bulletin. */
export function grouped(bulletin: Bulletin): { id: string; group: Bulletin['groups'][number] | undefined; figures: Figure[] }[] {
  const ids = [...new Set(bulletin.figures.map((f) => f.group))]
  return ids.map((id) => ({ id, group: bulletin.groups.find((g) => g.id === id), figures: bulletin.figures.filter((f) => f.group === id) }))
}

/** The counties of each prefecture, added: deliveries and money are additive, numbers of organizations are not. */
export function byPrefecture(counties: Part[]): { key: string; recorded: Amount; confirmed: Amount }[] {
  const sum = (a: Amount, b: Amount): Amount => {
    const plus = (field: keyof Amount) => String(BigInt(a[field]) + BigInt(b[field]))
    return { value: plus('value'), cashFen: plus('cashFen'), goodsFen: plus('goodsFen'), serviceFen: plus('serviceFen'), deliveries: plus('deliveries') }
  }
  const all = new Map<string, { key: string; recorded: Amount; confirmed: Amount }>()
  for (const county of counties) {
    const key = `${county.key.slice(0, -8)}00000000`
    const known = all.get(key)
    all.set(key, known
      ? { key, recorded: sum(known.recorded, county.recorded), confirmed: sum(known.confirmed, county.confirmed) }
      : { key, recorded: county.recorded, confirmed: county.confirmed })
  }
  return [...all.values()]
}
