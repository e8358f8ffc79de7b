/** The conditions of a list as the URL has them, and the AIP-160 filter that they make. */
import { camel, filterField, type Resource } from './model'

/** Conditions by the field's name in snake_case. Several values mean any of them; `since` and `until` bound a day. */
export type Conditions = Record<string, { values?: string[]; since?: string; until?: string; part?: string }>

const quote = (value: string) => `"${value.replace(/[\\"]/g, '\\$&')}"`

/** The filter of the conditions, '' without any. Unknown fields are left out. */
export function filterOf(resource: Resource, conditions: Conditions): string {
  const parts: string[] = []
  for (const [name, condition] of Object.entries(conditions)) {
    const field = filterField(resource, name)
    const time = name === 'create_time' || name === 'update_time'
    if (!field && !time && name !== 'name') continue
    const literal = (v: string) => (field?.type === 'enum' || field?.type === 'bool' || field?.type === 'integer' ? v : quote(v))
    const values = condition.values?.filter((v) => v !== '') ?? []
    if (values.length === 1) parts.push(`${name} = ${literal(values[0] ?? '')}`)
    if (values.length > 1) parts.push(`(${values.map((v) => `${name} = ${literal(v)}`).join(' OR ')})`)
    if (condition.since) parts.push(`${name} >= ${quote(condition.since)}`)
    if (condition.until) parts.push(`${name} <= ${quote(condition.until)}`)
    if (condition.part) parts.push(`${name}:${quote(condition.part)}`)
  }
  return parts.join(' AND ')
}

/** Reads the conditions from the query of the page: `?state=DRAFT&state=RETURNED&delivery_date.since=2019-08-01`. */
export function conditionsFrom(resource: Resource, query: URLSearchParams): Conditions {
  const conditions: Conditions = {}
  for (const name of resource.list?.filterable ?? []) {
    const values = query.getAll(name)
    const since = query.get(`${name}.since`) ?? undefined
    const until = query.get(`${name}.until`) ?? undefined
    const part = query.get(`${name}.has`) ?? undefined
    if (values.length || since || until || part) conditions[name] = { values, since, until, part }
  }
  return conditions
}

/** Writes the conditions into a query, and keeps the rest of it except the position of the page. */
export function withConditions(query: URLSearchParams, resource: Resource, conditions: Conditions): URLSearchParams {
  const next = new URLSearchParams(query)
  next.delete('page')
  for (const name of resource.list?.filterable ?? []) {
    for (const suffix of ['', '.since', '.until', '.has']) next.delete(name + suffix)
    const condition = conditions[name]
    for (const value of condition?.values ?? []) next.append(name, value)
    if (condition?.since) next.set(`${name}.since`, condition.since)
    if (condition?.until) next.set(`${name}.until`, condition.until)
    if (condition?.part) next.set(`${name}.has`, condition.part)
  }
  return next
}

/** The field that a column of a list is ordered by, undefined if the list cannot be ordered by it. */
export function orderField(resource: Resource, column: string): string | undefined {
  return resource.list?.filterable?.find((name) => camel(name) === column)
}
