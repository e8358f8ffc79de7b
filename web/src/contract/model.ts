/**
 * The contract as the console uses it: resources, fields, methods and state machines. build/contract.mjs makes the data
 * from the OpenAPI document, so a resource that is added there appears here.
 */
import generated from './generated/contract.json'

/** Words in both languages. */
export interface Words {
  zh: string
  en: string
}

/** Field is a field of a resource, of a nested message, or of a request. Numbers are decimal texts. */
export interface Field {
  name: string
  label: Words
  type: 'text' | 'integer' | 'number' | 'bool' | 'enum' | 'date' | 'time' | 'message' | 'list' | 'bytes' | 'object'
  enum?: string
  message?: string
  items?: Field
  format?: string
  /** Whether JSON has the number as a text, because it may not fit into a double. */
  wide?: boolean
  required?: boolean
  readOnly?: boolean
  immutable?: boolean
  /** Whether a new value takes back the answer of the second person. */
  vetted?: boolean
  personal?: boolean
  /** The type of the resource that the text names. */
  reference?: string
  unit?: 'FEN' | 'PEOPLE' | 'BASIS_POINTS'
  unitNamedBy?: string
  lines?: boolean
  pattern?: string
  rule?: Words
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  minimum?: string
  maximum?: string
  above?: string
  below?: string
}

/** Method is an RPC with its route. */
export interface Method {
  /** `NeedService_CreateNeed`. */
  id: string
  verb: string
  /** `/v1/villages/{village}/needs`. */
  path: string
  label: Words
  /** Whether callers without a token may call it. */
  public?: boolean
  query: Field[]
  /** The fields, in snake_case, that a list can be filtered and ordered by. */
  filterable?: string[]
  /** The fields of a request whose body is the request. */
  body?: Field[]
}

/** Transition is how a method changes the state of a resource. */
export interface Transition {
  operationId: string
  from: string[]
  to?: string
  reopens?: string
  answer?: 'AFFIRMS' | 'DENIES'
  otherParty?: boolean
  why?: string
}

/** Resource is a kind of resource. */
export interface Resource {
  /** The last collection of its names: `needs`. */
  id: string
  type: string
  package: string
  service: string
  message: string
  /** `villages/{village}/needs/{need}`. */
  pattern: string
  label: Words
  list?: Method
  get: Method
  create?: Method
  update?: Method
  batchGet?: Method
  custom: Method[]
  transitions: Transition[]
}

/** Message is a message with its fields in the order of the contract. */
export interface Message {
  label: Words
  fields: Field[]
}

interface Contract {
  resources: Record<string, Resource>
  messages: Record<string, Message>
  enums: Record<string, Record<string, Words>>
  verbs: Record<string, Words>
  /** Whether the server says who the caller is. */
  me: boolean
}

/** The contract of this build. */
export const contract = generated as unknown as Contract

/** A row as JSON has it. */
export type Row = Record<string, unknown>

/** The resource whose name or collection is given: `villages/4331…/needs/…`, `villages/-/needs`, `needs`. */
export function resourceOf(name: string): Resource | undefined {
  const segments = name.split('/')
  const collection = segments[segments.length % 2 === 0 ? segments.length - 2 : segments.length - 1]
  return contract.resources[collection ?? '']
}

/** The resource of a type such as `village.wancun/Need`. */
export function resourceOfType(type: string | undefined): Resource | undefined {
  return Object.values(contract.resources).find((r) => r.type === type)
}

/** The fields of a resource. */
export function fieldsOf(resource: Resource): Field[] {
  return contract.messages[resource.message]?.fields ?? []
}

/** The collection of a resource with `-` for each parent: `villages/-/needs`. */
export function everywhere(resource: Resource): string {
  return resource.pattern.split('/').slice(0, -1).map((s) => (s.startsWith('{') ? '-' : s)).join('/')
}

/** The name of the parent, `villages/433124001201`, or '' for a resource without one. */
export function parentOf(nameOrCollection: string): string {
  const segments = nameOrCollection.split('/')
  return segments.slice(0, segments.length % 2 === 0 ? -2 : -1).join('/')
}

/** The collection of a name: `villages/433124001201/needs`. */
export function collectionOf(name: string): string {
  return name.split('/').slice(0, -1).join('/')
}

/** The resource in which a resource lies. */
export function parentResource(resource: Resource): Resource | undefined {
  const segments = resource.pattern.split('/')
  return segments.length > 2 ? contract.resources[segments[segments.length - 4] ?? ''] : undefined
}

/** The resources that lie in a resource. */
export function childrenOf(resource: Resource): Resource[] {
  return Object.values(contract.resources).filter((r) => parentResource(r) === resource)
}

/** The JSON name of a field in snake_case. */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase())
}

/** The field of a resource that a filter names, or the parent if the filter names a part of the name. */
export function filterField(resource: Resource, name: string): Field | undefined {
  const own = fieldsOf(resource).find((f) => f.name === camel(name))
  if (own) return own
  const segments = resource.pattern.split('/')
  const at = segments.indexOf(`{${name}}`)
  const parent = at > 0 ? contract.resources[segments[at - 1] ?? ''] : undefined
  if (parent) return { name, label: parent.label, type: 'text', reference: parent.type }
  return undefined
}

/** The value of an enum field that no row should have. */
export function unspecified(value: string): boolean {
  return value.endsWith('_UNSPECIFIED')
}

/** The labels of an enum, without the zero value. */
export function valuesOf(field: Field): [string, Words][] {
  return Object.entries(contract.enums[field.enum ?? ''] ?? {}).filter(([value]) => !unspecified(value))
}

/** The method with an operation id, among those of a resource. */
export function methodOf(resource: Resource, id: string): Method | undefined {
  return [resource.create, resource.update, ...resource.custom].find((m) => m?.id === id)
}

/** The custom methods that can be called in a state, those of the state machine first. */
export function actionsIn(resource: Resource, state: string | undefined): { method: Method; transition?: Transition }[] {
  const own = resource.custom.map((method) => ({
    method,
    transition: resource.transitions.find((t) => t.operationId === method.id),
  }))
  return own
    .filter(({ method, transition }) => method.verb === 'POST' && (!transition || transition.from.includes(state ?? '')))
    .sort((a, b) => Number(!a.transition) - Number(!b.transition))
}

/** Whether a row can be edited in its state. */
export function editable(resource: Resource, state: string | undefined): boolean {
  if (!resource.update) return false
  const transition = resource.transitions.find((t) => t.operationId === resource.update?.id)
  return !transition || transition.from.includes(state ?? '')
}

/** What a state means for the eye: something waits, is affirmed, denied, or over. */
export function toneOf(resource: Resource, state: string): 'wait' | 'good' | 'bad' | 'over' | 'plain' {
  const into = resource.transitions.filter((t) => t.to === state)
  if (into.some((t) => t.answer === 'AFFIRMS')) return 'good'
  if (into.some((t) => t.answer === 'DENIES')) return 'bad'
  if (resource.transitions.some((t) => t.answer && t.from.includes(state))) return 'wait'
  if (into.some((t) => t.why) || (into.length > 0 && !resource.transitions.some((t) => t.from.includes(state)))) return 'over'
  return 'plain'
}
