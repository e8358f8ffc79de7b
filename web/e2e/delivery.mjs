// delivery.mjs: the manager of an organization records a delivery, the village team confirms it on a telephone, and the
// provincial administrator reads its history and checks its entry. The figure of the campaign contains it, also for a
// visitor who is not signed in.
import { choose, fits, given, open, story } from './browser.mjs'

const [organization, village] = ['示例医疗基金会23', '示例村07']

await story(async () => {
  const manager = await open({ token: given.manager })
  await manager.goto(`${given.rest}/console/list/campaigns/-/deliveries`)
  await manager.getByRole('button', { name: '新建' }).click()
  await manager.getByRole('heading', { name: '新建：交付' }).waitFor()
  await choose(manager, '活动', '五个专项行动')
  await manager.getByRole('button', { name: '保存' }).click()
  await manager.getByText('请填写。').first().waitFor()
  await choose(manager, '行动', '甜蜜行')
  await choose(manager, '指标', '培训村医')
  await choose(manager, '社会组织', organization)
  await choose(manager, '村', village, given.village)
  await manager.getByLabel('交付日期', { exact: true }).fill('2019-11-28')
  await manager.getByLabel('数量', { exact: true }).fill('4')
  await manager.getByRole('button', { name: '保存' }).click()
  await manager.waitForURL('**/console/record/**')
  await manager.getByRole('main').getByText('已登记').first().waitFor()
  const record = new URL(manager.url()).pathname

  const team = await open({ token: given.team, locale: 'en', width: 360, height: 740 })
  await team.goto(`${given.rest}/console`)
  await team.getByRole('link', { name: /delivery.*recorded.*[1-9]/i }).waitFor()
  await fits(team)
  await team.goto(given.rest + record)
  await team.getByRole('button', { name: 'confirm', exact: false }).first().click()
  await team.getByRole('dialog').getByRole('button', { name: 'confirm', exact: false }).click()
  await team.getByRole('main').getByText('confirmed', { exact: false }).first().waitFor()
  await fits(team)

  const administrator = await open({ token: given.administrator })
  await administrator.goto(given.rest + record)
  for (const words of [given.managerId, given.teamId]) await administrator.getByText(words, { exact: false }).first().waitFor()
  const checks = administrator.getByRole('button', { name: /核验此条目/ })
  if ((await checks.count()) !== 2) throw new Error(`the history has ${await checks.count()} entries`)
  await checks.first().click()
  await administrator.getByText('该条目在已签名的日志中。').waitFor()

  // Somebody who was given another key does not take the server's word for it.
  await administrator.getByRole('button', { name: '使用其他公钥' }).click()
  await administrator.getByLabel('日志公钥').fill(given.anotherKey)
  await administrator.getByRole('button', { name: '用此公钥核验' }).click()
  await administrator.getByText('检查点的签名与公钥不符。').waitFor()
  await administrator.evaluate(() => localStorage.clear())

  // The 152 of the demonstration and the 4 of this story are a figure, whose entries can be checked.
  await administrator.goto(`${given.rest}/console/campaign`)
  await administrator.getByRole('button', { name: '培训村医 登记数 156 名' }).click()
  const entries = administrator.getByRole('dialog')
  await entries.getByText('全部明细合计').waitFor()
  await entries.getByRole('button', { name: /核验此条目/ }).first().click()
  await administrator.getByText('该条目在已签名的日志中。').waitFor()

  const visitor = await open({ locale: 'en', width: 360, height: 740 })
  await visitor.goto(given.rest)
  await visitor.getByText('village doctors trained').waitFor()
  await visitor.getByText('156 person').waitFor()
  await fits(visitor)
})
