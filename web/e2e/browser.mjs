// browser.mjs: pages of a real browser for the stories, and what no story may cause.
import { chromium } from 'playwright-core'

/** The suite under test and the tokens of the persons, from the Go test that starts this program. */
export const given = JSON.parse(process.env.WANCUN_STORY)

const browser = await chromium.launch({ executablePath: given.chromium, args: ['--no-sandbox'] })

/** Whatever a story did not expect: warnings and errors of the page, failed requests, and requests of other hosts. */
const unexpected = []

/** Opens a page for a person. `token` is theirs; without one they are signed out. */
export async function open({ token, locale = 'zh-CN', width = 1280, height = 900 }) {
  const context = await browser.newContext({
    locale, viewport: { width, height }, extraHTTPHeaders: token ? { Authorization: `Bearer ${token}` } : {},
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('console', (m) => ['warning', 'error'].includes(m.type()) && unexpected.push(`${m.type()}: ${m.text()}`))
  page.on('pageerror', (e) => unexpected.push(`thrown: ${e.stack}`))
  page.on('request', (r) => r.url().startsWith(given.rest) || r.url().startsWith('data:') || unexpected.push(`asked of another host: ${r.url()}`))
  page.on('response', (r) => r.status() >= 400 && unexpected.push(`${r.status()} ${r.request().method()} ${r.url()}`))
  return page
}

/** Searches a text in the select of a label, and chooses the first option that shows a text. */
export async function choose(page, label, text, shown = text) {
  const input = page.getByLabel(label, { exact: true })
  await input.click()
  await input.fill(text)
  await page.locator('.ant-select-dropdown:visible .ant-select-item-option').filter({ hasText: shown }).first().click()
}

/** Fails unless the page is no wider than the screen. */
export async function fits(page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  if (over > 0) throw new Error(`${page.url()} is ${over} px wider than the screen`)
}

/** Runs a story, and fails if it caused something that it did not expect. */
export async function story(run) {
  try {
    await run()
    if (unexpected.length) throw new Error(`the story caused:\n${unexpected.join('\n')}`)
  } catch (error) {
    const seen = browser.contexts().at(-1)?.pages().at(-1)
    console.error(error, unexpected)
    if (seen) console.error(`the page ${seen.url()} shows:\n${(await seen.locator('body').innerText()).slice(0, 3000)}`)
    process.exitCode = 1
  } finally {
    await browser.close()
  }
}
