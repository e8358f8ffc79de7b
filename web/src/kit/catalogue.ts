/** Choices of texts from the catalogue of another resource, such as the indicators of a campaign. */
import { useQuery } from '@tanstack/react-query'
import { list } from '../contract/client'
import { contract, type Resource, type Row } from '../contract/model'
import { useTexts } from '../labels/i18n'
import { declarationOf } from '../resources'

export interface Item {
  id: string
  label: string
  unit?: string
  /** Whether a form may offer it. */
  open: boolean
}

/** The choices of a field; undefined if the field has none. `context` is a resource name that may lie in one catalogue. */
export function useChoices(resource: Resource | undefined, field: string, context: string): Item[] | undefined {
  const { language } = useTexts()
  const choices = resource && declarationOf(resource.id).choices?.[field]
  const collection = choices?.collection ?? ''
  const readable = !!contract.resources[collection]
  const { data } = useQuery({
    queryKey: ['catalogue', collection],
    queryFn: () => list(collection, { pageSize: 100 }),
    staleTime: 300_000,
    enabled: readable,
  })
  if (!choices) return undefined
  const own = data?.rows.filter((row) => context.startsWith(`${String(row.name)}/`)) ?? []
  const items = new Map<string, Item>()
  for (const row of own.length ? own : (data?.rows ?? [])) {
    for (const item of (row[choices.list] as Row[] | undefined) ?? []) {
      const [zh, en] = [item.displayName as string | undefined, item.displayNameEn as string | undefined]
      const [unitZh, unit] = [item.unitZh as string | undefined, item.unit as string | undefined]
      items.set(String(item.id), {
        id: String(item.id),
        label: (language === 'en' ? en || zh : zh || en) || String(item.id),
        unit: language === 'zh-CN' ? unitZh || unit : unit,
        open: !choices.only || choices.only(item),
      })
    }
  }
  return [...items.values()]
}
