import { expect, test } from 'vitest'
import { byPrefecture, grouped, type Amount, type Bulletin, type Part } from './figures'

const amount = (cashFen: string, deliveries: string): Amount => ({ value: '0', cashFen, goodsFen: '1', serviceFen: '0', deliveries })
const county = (key: string, cashFen: string): Part => ({
  key: `divisions/${key}`, displayName: key, displayNameEn: key, recorded: amount(cashFen, '2'), confirmed: amount('5', '1'), organizations: '3', villages: '1',
})

test('the counties of a prefecture are added exactly, measure by measure', () => {
  const sums = byPrefecture([county('430523000000', '9007199254740993'), county('430524000000', '10'), county('433124000000', '7')])
  expect(sums.map((s) => [s.key, s.recorded.cashFen, s.recorded.goodsFen, s.recorded.deliveries, s.confirmed.cashFen])).toEqual([
    ['divisions/430500000000', '9007199254741003', '2', '4', '10'],
    ['divisions/433100000000', '7', '1', '2', '5'],
  ])
})

test('figures keep the order of the bulletin in their groups', () => {
  const figure = (indicator: string, group: string) => ({ indicator, group })
  const bulletin = {
    figures: [figure('B1', 'b'), figure('A1', 'a'), figure('B2', 'b')],
    groups: [{ id: 'a', displayName: '甲', displayNameEn: 'A' }, { id: 'b', displayName: '乙', displayNameEn: 'B' }],
  } as Bulletin
  expect(grouped(bulletin).map((g) => [g.group?.displayNameEn, g.figures.map((f) => f.indicator)])).toEqual([['B', ['B1', 'B2']], ['A', ['A1']]])
})
