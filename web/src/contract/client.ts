/** Calls of the REST API: JSON in and out, errors as problem details (RFC 9457). */
import type { Method, Row } from './model'

/** One refused field of a request, or one question about it. */
export interface Violation {
  pointer?: string
  parameter?: string
  label?: string
  detail: string
  reason?: string
}

/** Problem is an error answer of the server, or the absence of an answer: then its status is 0. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    detail: string,
    readonly violations: Violation[] = [],
    readonly acknowledge: string[] = [],
    readonly retryAfter?: number,
  ) {
    super(detail)
  }
}

let language = 'zh-CN'
/** Sets the language in which the server words its errors. */
export function speak(tag: string) {
  language = tag
}

/** A UUID for a request or a new resource. crypto.randomUUID is missing on plain http. */
export function uuid(): string {
  const b = crypto.getRandomValues(new Uint8Array(16))
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

type Query = Record<string, string | number | boolean | readonly string[] | undefined>

/** The query string of the given parameters, without those that are empty. */
export function queryString(query: Query): string {
  const q = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '' || value === false) continue
    for (const one of Array.isArray(value) ? value : [value]) q.append(name, String(one))
  }
  const text = q.toString()
  return text && `?${text}`
}

/** Sends a request and returns the answer. Any other status than 2xx is thrown as a Problem. */
export async function request(path: string, options: RequestInit & { accept?: string } = {}): Promise<Response> {
  const headers = new Headers(options.headers)
  headers.set('Accept', options.accept ?? 'application/json')
  headers.set('Accept-Language', language)
  let answer: Response
  try {
    answer = await fetch(path, { ...options, headers, credentials: 'same-origin' })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Problem(0, 'OFFLINE', '')
  }
  if (answer.ok) return answer
  throw await problemOf(answer)
}

async function problemOf(answer: Response): Promise<Problem> {
  const after = Number(answer.headers.get('Retry-After')) || undefined
  try {
    const body = (await answer.json()) as { detail?: string; title?: string; reason?: string; errors?: Violation[]; acknowledge?: string[] }
    return new Problem(answer.status, body.reason ?? '', body.detail ?? body.title ?? '', body.errors, body.acknowledge, after)
  } catch {
    return new Problem(answer.status, '', answer.statusText, [], [], after)
  }
}

/** Reads JSON. */
export async function get<T = Row>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return (await (await request(path + queryString(query), { signal })).json()) as T
}

/** Sends JSON and reads the answer. */
export async function send<T = Row>(verb: string, path: string, body: unknown, query: Query = {}): Promise<T> {
  const answer = await request(path + queryString(query), {
    method: verb,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  })
  return (await answer.json()) as T
}

/** Reads a stream of JSON lines to its end. */
export async function lines<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T[]> {
  const text = await (await request(path + queryString(query), { signal, accept: 'application/x-ndjson' })).text()
  const all: T[] = []
  for (const line of text.split('\n')) {
    if (!line) continue
    const { result, error } = JSON.parse(line) as { result?: T; error?: { status: number; reason: string; detail: string } }
    if (error) throw new Problem(error.status, error.reason, error.detail)
    if (result) all.push(result)
  }
  return all
}

/** One page of a list. */
export interface Page {
  rows: Row[]
  next?: string
}

/** Reads a page of a collection such as `villages/-/needs`. */
export async function list(collection: string, query: Query, signal?: AbortSignal): Promise<Page> {
  const body = await get<Row>(`/v1/${collection}`, query, signal)
  const rows = Object.values(body).find(Array.isArray) as Row[] | undefined
  return { rows: rows ?? [], next: (body.nextPageToken as string) || undefined }
}

/** Creates a resource in a collection. `id` is the parameter that chooses its id, such as `needId`. */
export function create(collection: string, row: Row, requestId: string, acknowledge: string[], id: Record<string, string> = {}): Promise<Row> {
  return send('POST', `/v1/${collection}`, row, { ...id, requestId, acknowledge })
}

/** Changes the named fields of a resource. The row has the etag of what was seen. */
export function update(name: string, row: Row, mask: string[], requestId: string, acknowledge: string[]): Promise<Row> {
  return send('PATCH', `/v1/${name}`, row, { updateMask: mask.join(','), requestId, acknowledge })
}

/** Calls a custom method of a resource, such as `:confirm`. */
export function act(name: string, method: Method, fields: Row): Promise<Row> {
  const suffix = method.path.slice(method.path.lastIndexOf(':'))
  const takes = (field: string) => method.body?.some((f) => f.name === field)
  const body = Object.fromEntries(Object.entries(fields).filter(([field, value]) => takes(field) && value !== undefined))
  if (takes('requestId') && !body.requestId) body.requestId = uuid()
  return send(method.verb, `/v1/${name}${suffix}`, body)
}
