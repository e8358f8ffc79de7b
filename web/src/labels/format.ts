/** Numbers, money and time as people write them: 万元 in Chinese, CNY with its decimals in English. */
import type { Language } from './i18n'

/** A day as the API has it. */
export interface Day {
  year: number
  month: number
  day: number
}

/** A whole number with its groups: 23,000. The text may be longer than a double is exact. */
export function whole(value: string | number | undefined): string {
  const text = String(value ?? '0')
  return /^-?\d+$/.test(text) ? text.replace(/\B(?=(\d{3})+(?!\d))/g, ',') : text
}

/** An amount in fen as yuan: 1,459.50. Whole yuan have no decimals. */
export function yuan(fen: string | number | undefined): string {
  const n = BigInt(fen === undefined || fen === '' ? 0 : fen)
  const absolute = n < 0n ? -n : n
  const rest = absolute % 100n
  return `${n < 0n ? '-' : ''}${whole(String(absolute / 100n))}${rest ? `.${String(rest).padStart(2, '0')}` : ''}`
}

/** A sum of money to read, rounded: 134.5万元, CNY 1.35 million. */
export function money(fen: string | number | undefined, language: Language): string {
  const value = Number(fen ?? 0) / 100
  const short = (n: number) => n.toLocaleString('en-US', { maximumFractionDigits: 2 })
  if (language === 'zh-CN') {
    if (Math.abs(value) >= 1e8) return `${short(value / 1e8)}亿元`
    return Math.abs(value) >= 1e4 ? `${short(value / 1e4)}万元` : `${short(value)}元`
  }
  return Math.abs(value) >= 1e6 ? `CNY ${short(value / 1e6)} million` : `CNY ${short(value)}`
}

/** Hundredths of a percent as percent: 19.21%. */
export function percent(points: string | number | undefined): string {
  return `${(Number(points ?? 0) / 100).toLocaleString('en-US', { maximumFractionDigits: 2 })}%`
}

/** A part of a whole as percent, '' if there is no whole. */
export function share(part: string | number | undefined, of: string | number | undefined): string {
  const all = Number(of ?? 0)
  return all ? percent(Math.round((Number(part ?? 0) / all) * 10000)) : ''
}

/** A day: 2019年8月20日, 2019-08-20. */
export function day(value: Day | undefined, language: Language): string {
  if (!value?.year) return ''
  return language === 'zh-CN' ? `${value.year}年${value.month}月${value.day}日` : isoDay(value)
}

/** A day as inputs and filters have it: 2019-08-20; '' if it is not complete. */
export function isoDay(value: Day | undefined): string {
  if (!value?.year || !value.month || !value.day) return ''
  return `${value.year}-${String(value.month).padStart(2, '0')}-${String(value.day).padStart(2, '0')}`
}

/** Reads a day of an input. */
export function dayOf(text: string): Day | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  return found ? { year: Number(found[1]), month: Number(found[2]), day: Number(found[3]) } : undefined
}

/** A time in China, to the minute. */
export function time(value: string | undefined, language: Language): string {
  if (!value) return ''
  return new Intl.DateTimeFormat(language === 'zh-CN' ? 'zh-CN' : 'sv-SE', {
    timeZone: 'Asia/Shanghai', dateStyle: language === 'zh-CN' ? 'long' : 'short', timeStyle: 'short',
  }).format(new Date(value))
}

/** A month: 2019年8月, 2019-08. */
export function month(value: string, language: Language): string {
  const [year, m] = value.split('-')
  return language === 'zh-CN' && m ? `${year}年${Number(m)}月` : value
}

/** Fen of an amount that a person typed in yuan; undefined if it is none. */
export function fenOf(text: string): string | undefined {
  const found = /^(-?)(\d{1,15})(?:\.(\d{1,2}))?$/.exec(text.replace(/[,，\s]/g, ''))
  if (!found) return undefined
  return String(BigInt(`${found[1]}${found[2]}${(found[3] ?? '').padEnd(2, '0')}`))
}
