import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, test } from 'vitest'
import { conditionsFrom, filterOf, withConditions } from './filter'
import { actionsIn, contract, editable, everywhere, fieldsOf, resourceOf, toneOf, type Field } from './model'
import { checkPath, leafOf, openCheckpoint, ProofError, readKey } from './proof'
import { changed, faultOf } from './validate'

const need = contract.resources.needs!
const delivery = contract.resources.deliveries!
const field = (name: string, of = delivery): Field => fieldsOf(of).find((f) => f.name === name)!

describe('the contract', () => {
  test('every resource has a list, and labels in both languages for each field', () => {
    for (const resource of Object.values(contract.resources)) {
      expect(resource.list, resource.id).toBeDefined()
      for (const f of fieldsOf(resource)) {
        expect(f.label.zh, `${resource.id}.${f.name}`).toMatch(/\p{Script=Han}/u)
        expect(f.label.en).toBeTruthy()
      }
    }
  })
  test('a resource is found by its name, its collection and its id', () => {
    for (const name of ['villages/433124001201/needs/0192', 'villages/-/needs', 'needs']) expect(resourceOf(name)).toBe(need)
    expect(everywhere(need)).toBe('villages/-/needs')
  })
  test('a state offers the actions that lead out of it and no others', () => {
    const ids = (state: string) => actionsIn(need, state).map((a) => a.method.id)
    expect(ids('SUBMITTED').sort()).toEqual(['NeedService_ReturnNeed', 'NeedService_VerifyNeed'])
    expect(ids('VERIFIED')).toEqual([])
    expect(editable(need, 'RETURNED')).toBe(true)
    expect(editable(need, 'SUBMITTED')).toBe(false)
    expect(toneOf(need, 'VERIFIED')).toBe('good')
    expect(toneOf(need, 'RETURNED')).toBe('bad')
  })
})

describe('filters', () => {
  test('texts are quoted, values of enums are not, and several values are alternatives', () => {
    expect(filterOf(delivery, { state: { values: ['RECORDED', 'DISPUTED'] }, village: { values: ['villages/433124001201'] } }))
      .toBe('(state = RECORDED OR state = DISPUTED) AND village = "villages/433124001201"')
    expect(filterOf(delivery, { action: { values: ['a"b\\'] } })).toBe('action = "a\\"b\\\\"')
  })
  test('the URL keeps the conditions, and a new condition returns to the first page', () => {
    const conditions = { state: { values: ['RECORDED'], since: undefined, until: undefined, part: undefined }, delivery_date: { values: [], since: '2019-08-01', until: undefined, part: undefined } }
    const query = withConditions(new URLSearchParams('page=abc&order=state'), delivery, conditions)
    expect(query.has('page')).toBe(false)
    expect(query.get('order')).toBe('state')
    expect(conditionsFrom(delivery, query)).toEqual(conditions)
  })
})

describe('constraints', () => {
  test.each([
    ['quantity', '', undefined],
    ['quantity', '1.5', 'fault.integer'],
    ['quantity', '-1', 'fault.least'],
    ['quantity', '1000000000001', 'fault.most'],
    ['valueFen', '1000000000000000', undefined],
    ['valueFen', '1000000000000001', 'fault.most'],
    ['village', '', 'fault.required'],
    ['village', 'villages/1', 'fault.form'],
    ['note', 'x'.repeat(2001), 'fault.long'],
    ['note', '村'.repeat(2000), undefined],
  ])('%s = %s is answered %s', (name, value, key) => {
    const fault = faultOf(field(name), value)
    expect(fault && 'key' in fault ? fault.key : undefined).toBe(key)
  })
  test('a change names only the fields that differ', () => {
    const fields = fieldsOf(delivery)
    expect(changed({ quantity: '1', note: '' }, { quantity: '2', note: undefined }, fields)).toEqual(['quantity'])
  })
})

const text = (s: string) => new TextEncoder().encode(s)
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((p) => [...p]))
const base64 = (b: Uint8Array) => btoa(String.fromCharCode(...b))

/** Hashes of RFC 6962, written apart from the code under test: the root, and the path of a leaf. */
function root(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!
  const k = split(leaves.length)
  return sha256(join(Uint8Array.of(1), root(leaves.slice(0, k)), root(leaves.slice(k))))
}
function path(m: number, leaves: Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  return m < k ? [...path(m, leaves.slice(0, k)), root(leaves.slice(k))] : [...path(m - k, leaves.slice(k)), root(leaves.slice(0, k))]
}
const split = (n: number) => 2 ** (Math.ceil(Math.log2(n)) - 1)

describe('the proof of an entry', () => {
  const secret = new Uint8Array(32).fill(7)
  const publicKey = join(Uint8Array.of(1), ed25519.getPublicKey(secret))
  const name = 'wancun/action'
  const hash = sha256(join(text(`${name}\n`), publicKey)).slice(0, 4)
  const key = `${name}+${[...hash].map((b) => b.toString(16).padStart(2, '0')).join('')}+${base64(publicKey)}`
  const note = (body: string) => `${body}\n— ${name} ${base64(join(hash, ed25519.sign(text(body), secret)))}\n`
  const leaves = Array.from({ length: 23 }, (_, i) => leafOf(text(`record ${i}`)))

  test('each entry of trees of 1 to 23 entries leads to the root', () => {
    for (let size = 1; size <= leaves.length; size++) {
      const tree = leaves.slice(0, size)
      for (let i = 0; i < size; i++) expect(() => checkPath(tree[i]!, i + 1, size, path(i, tree), root(tree))).not.toThrow()
    }
  })
  test('another record, another position and another root are refused', () => {
    const proof = path(4, leaves)
    expect(() => checkPath(leafOf(text('record x')), 5, 23, proof, root(leaves))).toThrow(ProofError)
    expect(() => checkPath(leaves[4]!, 6, 23, proof, root(leaves))).toThrow(ProofError)
    expect(() => checkPath(leaves[4]!, 5, 23, proof.slice(1), root(leaves))).toThrow(ProofError)
    expect(() => checkPath(leaves[4]!, 5, 23, proof, root(leaves.slice(0, 22)))).toThrow(ProofError)
  })
  test('a checkpoint is taken only with the signature of the key', () => {
    const body = `${name}\n23\n${base64(root(leaves))}\n`
    expect(openCheckpoint(note(body), key)).toMatchObject({ origin: name, size: 23 })
    expect(() => openCheckpoint(note(body).replace('\n23\n', '\n24\n'), key)).toThrow('proof.badSignature')
    expect(() => openCheckpoint(note(body.replace('action', 'org')), key)).toThrow('proof.badName')
    expect(() => openCheckpoint('nothing', key)).toThrow('proof.badNote')
    expect(() => readKey(key.replace('action', 'org'))).toThrow('proof.badKey')
  })
})
