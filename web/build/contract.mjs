// contract.mjs: writes src/contract/generated/contract.json, what the console needs of the OpenAPI document: for each
// resource its names, fields, methods and state machine. The document itself is 30 times as large.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const document = JSON.parse(readFileSync(join(here, '../../gateway/openapi/openapi.json'), 'utf8'))
const schemas = document.components.schemas
const messages = {}
const enums = {}

const nameOf = (reference) => reference.slice('#/components/schemas/'.length)
const labelOf = (schema, name) => ({ zh: schema['x-label-zh'] ?? name, en: schema.title ?? name })
const defined = (object) => Object.fromEntries(Object.entries(object).filter(([, v]) => v !== undefined && v !== false))

/** Returns the type of a value: what to show and how to enter it. */
function typeOf(schema) {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref
  if (reference) {
    const name = nameOf(reference).replace(/\.Patch$/, '')
    if (name === 'google.type.Date') return { type: 'date' }
    const target = schemas[name]
    if (target.enum) {
      enums[name] ??= Object.fromEntries(target.enum.map((v) => [v, target['x-enum-labels']?.[v] ?? { zh: v, en: v }]))
      return { type: 'enum', enum: name }
    }
    addMessage(name)
    return { type: 'message', message: name }
  }
  if (schema.type === 'array') return { type: 'list', items: fieldOf('', schema.items, false) }
  if (schema.type === 'boolean') return { type: 'bool' }
  if (schema.format === 'date-time') return { type: 'time' }
  if (schema.format === 'int64' || schema.format === 'int32') return { type: 'integer', wide: schema.format === 'int64' }
  if (schema.type === 'number') return { type: 'number' }
  if (schema.format === 'byte') return { type: 'bytes' }
  if (schema.type === 'object') return { type: 'object' }
  return { type: 'text', format: schema.format }
}

function fieldOf(name, schema, required) {
  return defined({
    name,
    label: name ? labelOf(schema, name) : undefined,
    ...typeOf(schema),
    required,
    readOnly: schema.readOnly,
    immutable: schema['x-immutable'],
    vetted: schema['x-vetted'],
    personal: schema['x-personal-roles'] ? true : undefined,
    reference: schema['x-reference'],
    unit: schema['x-unit'],
    unitNamedBy: schema['x-unit-named-by'],
    lines: schema['x-lines'],
    pattern: schema.pattern,
    rule: schema['x-rule'],
    minLength: schema.minLength,
    maxLength: schema.maxLength,
    minItems: schema.minItems,
    maxItems: schema.maxItems,
    minimum: bound(schema['x-minimum'] ?? schema.minimum),
    maximum: bound(schema['x-maximum'] ?? schema.maximum),
    above: bound(schema['x-exclusive-minimum'] ?? schema.exclusiveMinimum),
    below: bound(schema['x-exclusive-maximum'] ?? schema.exclusiveMaximum),
  })
}

const bound = (value) => (value === undefined ? undefined : String(value))

function fieldsOf(schema) {
  return Object.entries(schema.properties ?? {}).map(([name, field]) => fieldOf(name, field, schema.required?.includes(name)))
}

function addMessage(name) {
  if (messages[name]) return
  messages[name] = { label: labelOf(schemas[name], name.split('.').pop()), fields: [] }
  messages[name].fields = fieldsOf(schemas[name])
}

function methodOf(verb, path, operation) {
  const body = operation.requestBody?.content?.['application/json']?.schema
  const query = (operation.parameters ?? []).filter((p) => p.in === 'query')
  return defined({
    id: operation.operationId,
    verb: verb.toUpperCase(),
    path,
    label: { zh: operation['x-label-zh'] ?? '', en: operation['x-label'] ?? '' },
    public: operation['x-roles']?.includes('PUBLIC'),
    query: query.map((p) => fieldOf(p.name, p.schema, p.required)).filter((f) => !/^(page|filter|orderBy)/.test(f.name)),
    filterable: query.find((p) => p.name === 'filter')?.schema['x-fields'],
    body: body && !body.$ref ? fieldsOf(body) : undefined,
  })
}

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).filter(([, o]) => o.operationId).map(([verb, operation]) => ({ path, verb, operation })))
const answerOf = (operation) => {
  const reference = operation.responses['200']?.content?.['application/json']?.schema?.$ref
  return reference ? nameOf(reference) : ''
}

const resources = {}
for (const [message, schema] of Object.entries(schemas)) {
  if (!schema['x-resource'] || message.endsWith('.Patch')) continue
  const get = operations.find((o) => o.verb === 'get' && o.path.endsWith('}') && answerOf(o.operation) === message)
  if (!get) continue
  const pattern = get.path.slice('/v1/'.length)
  const collection = pattern.slice(0, pattern.lastIndexOf('/'))
  const id = collection.slice(collection.lastIndexOf('/') + 1)
  const at = (path, verb) => {
    const found = operations.find((o) => o.path === path && o.verb === verb)
    return found && methodOf(verb, path, found.operation)
  }
  addMessage(message)
  const custom = operations.filter((o) => o.path.startsWith(`${get.path}:`)).map((o) => methodOf(o.verb, o.path, o.operation))
  resources[id] = defined({
    id,
    type: schema['x-resource'],
    package: message.split('.').slice(0, -1).join('.'),
    service: message.split('.')[1],
    message,
    pattern,
    label: labelOf(schema, id),
    list: at(`/v1/${collection}`, 'get'),
    get: methodOf('get', get.path, get.operation),
    create: at(`/v1/${collection}`, 'post'),
    update: at(get.path, 'patch'),
    batchGet: at(`/v1/${collection}:batchGet`, 'get'),
    custom,
    transitions: (schema['x-transitions'] ?? []).map((t) => ({ ...t, from: t.from ?? [] })),
  })
}

/** The words for each method that a journal can name. */
const verbs = Object.fromEntries(operations.map(({ operation }) =>
  [operation.operationId, { zh: operation['x-label-zh'] ?? '', en: operation['x-label'] ?? '' }]))
for (const [name, schema] of Object.entries(schemas)) if (schema['x-enum-labels']) typeOf({ $ref: `#/components/schemas/${name}` })

mkdirSync(join(here, '../src/contract/generated'), { recursive: true })
writeFileSync(join(here, '../src/contract/generated/contract.json'), JSON.stringify({ resources, messages, enums, verbs, me: '/v1/me' in document.paths }))
