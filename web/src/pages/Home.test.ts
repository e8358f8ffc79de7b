import { expect, test } from 'vitest'
import { contract } from '../contract/model'
import type { Me } from '../kit/session'
import { tasksOf } from './Home'

const caller = (...methods: string[]): Me => ({ account: '', subject: 's', grants: [], methods })
const tasks = (me: Me) => tasksOf(me, Object.values(contract.resources)).map((x) => `${x.resource.id} ${x.state}`)

test('what waits for a caller are the states out of which one of the own methods answers', () => {
  const lists = ['wancun.action.v1.DeliveryService/ListDeliveries', 'wancun.village.v1.NeedService/ListNeeds']
  expect(tasks(caller(...lists, 'wancun.action.v1.DeliveryService/ConfirmDelivery'))).toEqual(['deliveries RECORDED'])
  expect(tasks(caller(...lists, 'wancun.village.v1.NeedService/VerifyNeed'))).toEqual(['needs SUBMITTED'])
  expect(tasks(caller(...lists, 'wancun.village.v1.NeedService/CreateNeed'))).toEqual([])
})
