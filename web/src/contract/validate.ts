/** The constraints of the contract, checked before a form is sent. The server checks them again, with rules over fields. */
import type { Field, Row } from './model'

/** What is wrong with a value: a key of the labels and its parameters, or the words of a rule. */
export type Fault = { key: string; values?: Record<string, string | number> } | { rule: { zh: string; en: string } }

const empty = (value: unknown) => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** The first fault of a value; undefined if it has none. Numbers of any size are compared exactly. */
export function faultOf(field: Field, value: unknown): Fault | undefined {
  if (empty(value)) return field.required || (field.minItems ?? 0) > 0 ? { key: 'fault.required' } : undefined
  switch (field.type) {
    case 'text':
      return textFault(field, String(value))
    case 'integer':
      return integerFault(field, String(value))
    case 'date':
      return dateFault(value)
    case 'list':
      return listFault(field, value as unknown[])
    default:
      return undefined
  }
}

function textFault(field: Field, value: string): Fault | undefined {
  const length = [...value].length
  if (field.minLength !== undefined && length < field.minLength) return { key: 'fault.short', values: { n: field.minLength } }
  if (field.maxLength !== undefined && length > field.maxLength) return { key: 'fault.long', values: { n: field.maxLength } }
  if (field.pattern && !new RegExp(field.pattern, 'u').test(value)) return field.rule ? { rule: field.rule } : { key: 'fault.form' }
  return undefined
}

function integerFault(field: Field, value: string): Fault | undefined {
  if (!/^-?[0-9]{1,18}$/.test(value)) return { key: 'fault.integer' }
  const n = BigInt(value)
  const scale = field.unit === 'FEN' || field.unit === 'BASIS_POINTS' ? 100 : 1
  const shown = (bound: string) => (scale === 1 ? bound : String(Number(bound) / scale))
  if (field.minimum !== undefined && n < BigInt(field.minimum)) return { key: 'fault.least', values: { n: shown(field.minimum) } }
  if (field.maximum !== undefined && n > BigInt(field.maximum)) return { key: 'fault.most', values: { n: shown(field.maximum) } }
  if (field.above !== undefined && n <= BigInt(field.above)) return { key: 'fault.above', values: { n: shown(field.above) } }
  if (field.below !== undefined && n >= BigInt(field.below)) return { key: 'fault.below', values: { n: shown(field.below) } }
  return undefined
}

function dateFault(value: unknown): Fault | undefined {
  const { year, month, day } = value as Record<string, number>
  return year && month && day ? undefined : { key: 'fault.date' }
}

function listFault(field: Field, value: unknown[]): Fault | undefined {
  if (field.minItems !== undefined && value.length < field.minItems) return { key: 'fault.few', values: { n: field.minItems } }
  if (field.maxItems !== undefined && value.length > field.maxItems) return { key: 'fault.many', values: { n: field.maxItems } }
  if (field.items?.type === 'text') {
    for (const item of value) {
      const fault = faultOf(field.items, item)
      if (fault) return fault
    }
  }
  return undefined
}

/** The top-level fields whose values differ, as names of a mask. */
export function changed(before: Row, after: Row, fields: Field[]): string[] {
  const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null) || (empty(a) && empty(b))
  return fields.filter((f) => !same(before[f.name], after[f.name])).map((f) => f.name)
}
