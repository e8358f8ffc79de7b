/** The names that people call resources by, read in batches where the contract has a batch method. */
import { useQuery } from '@tanstack/react-query'
import { get } from '../contract/client'
import { collectionOf, resourceOf, type Row } from '../contract/model'
import { useTexts, type Language } from '../labels/i18n'

type Waiting = { resolve: (row: Row | null) => void; reject: (error: unknown) => void }
const waiting = new Map<string, Map<string, Waiting[]>>()
const most = 100

/** Reads a resource by name together with others that are asked for at the same time. null: not there for the caller. */
export function load(name: string): Promise<Row | null> {
  const resource = resourceOf(name)
  if (!resource?.batchGet) return one(name)
  const collection = collectionOf(name)
  return new Promise((resolve, reject) => {
    let batch = waiting.get(collection)
    if (!batch) {
      batch = new Map()
      waiting.set(collection, batch)
      setTimeout(() => void flush(collection), 5)
    }
    batch.set(name, [...(batch.get(name) ?? []), { resolve, reject }])
  })
}

async function one(name: string): Promise<Row | null> {
  try {
    return await get(`/v1/${name}`)
  } catch {
    return null
  }
}

async function flush(collection: string) {
  const batch = waiting.get(collection) ?? new Map<string, Waiting[]>()
  waiting.delete(collection)
  const names = [...batch.keys()]
  for (let i = 0; i < names.length; i += most) await flushPart(collection, names.slice(i, i + most), batch)
}

async function flushPart(collection: string, names: string[], batch: Map<string, Waiting[]>) {
  const found = new Map<string, Row>()
  try {
    const answer = await get<Row>(`/v1/${collection}:batchGet`, { names })
    for (const row of (Object.values(answer).find(Array.isArray) as Row[] | undefined) ?? []) found.set(String(row.name), row)
  } catch {
    // A batch is refused whole if one name is not there for the caller.
    for (const name of names) {
      const row = await one(name)
      if (row) found.set(name, row)
    }
  }
  for (const name of names) for (const w of batch.get(name) ?? []) w.resolve(found.get(name) ?? null)
}

/** What people call a row: its name in the language, else the last part of its resource name. */
export function titleOf(row: Row | null | undefined, name: string, language: Language): string {
  const zh = row?.displayName as string | undefined
  const en = row?.displayNameEn as string | undefined
  return (language === 'en' ? en || zh : zh || en) || short(name)
}

/** The last part of a resource name; of a UUID its first 8 digits. */
export function short(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1)
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(last) ? last.slice(0, 8) : last
}

/** What people call a resource. Until it is read, the last part of its name. */
export function useTitle(name: string): string {
  const { language } = useTexts()
  const { data } = useQuery({ queryKey: ['name', name], queryFn: () => load(name), staleTime: 300_000, enabled: !!resourceOf(name) })
  return titleOf(data, name, language)
}
