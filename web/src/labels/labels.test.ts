import { expect, test } from 'vitest'
import { en } from './en'
import { dayOf, fenOf, isoDay, money, percent, share, whole, yuan } from './format'
import { zh } from './zh'

test('each text has the same parameters in both languages', () => {
  const parameters = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort()
  for (const key of Object.keys(en) as (keyof typeof en)[]) expect(parameters(zh[key]), key).toEqual(parameters(en[key]))
})

test('money is written as people write it', () => {
  expect(money('134500000', 'zh-CN')).toBe('134.5万元')
  expect(money('30000000000', 'zh-CN')).toBe('3亿元')
  expect(money('134500000', 'en')).toBe('CNY 1.35 million')
  expect(yuan('145950')).toBe('1,459.50')
  expect(yuan('-5')).toBe('-0.05')
  expect(whole('9007199254740993')).toBe('9,007,199,254,740,993')
})

test('an amount that a person types is read exactly or refused', () => {
  expect(fenOf('1,459.5')).toBe('145950')
  expect(fenOf('90071992547409.93')).toBe('9007199254740993')
  for (const bad of ['', '1.234', 'abc', '1e5', '--1']) expect(fenOf(bad), bad).toBeUndefined()
})

test('days and shares', () => {
  expect(isoDay(dayOf('2019-08-20'))).toBe('2019-08-20')
  expect(dayOf('20.8.2019')).toBeUndefined()
  expect(share('1', '3')).toBe('33.33%')
  expect(share('1', '0')).toBe('')
  expect(percent('1921')).toBe('19.21%')
})
