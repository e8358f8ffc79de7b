/**
 * Checks in the browser that an entry is in a signed log, trusting the log's public key alone: the signature of the
 * checkpoint (C2SP signed note, Ed25519), the hash of the record, and the path to the root (RFC 6962). The libraries work
 * on plain http as well, where the browser's own cryptography is missing.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** What a check found wrong, as a key of the labels. */
export class ProofError extends Error {
  constructor(readonly key: 'proof.badKey' | 'proof.badName' | 'proof.badSignature' | 'proof.badNote' | 'proof.badRecord' | 'proof.badPath') {
    super(key)
  }
}

export interface Checkpoint {
  origin: string
  size: number
  root: Uint8Array
}

/** The bytes of a base64 text. */
export function bytesOf(base64: string): Uint8Array {
  const text = atob(base64)
  return Uint8Array.from(text, (c) => c.charCodeAt(0))
}

const equal = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((x, i) => x === b[i])

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) {
    all.set(p, at)
    at += p.length
  }
  return all
}

/** A public key in the form name+hash+key. Its hash must follow from the name and the key. */
export function readKey(text: string): { name: string; hash: Uint8Array; key: Uint8Array } {
  const [name, hash, ...rest] = text.trim().split('+')
  try {
    const key = bytesOf(rest.join('+'))
    const own = sha256(joined(new TextEncoder().encode(`${name}\n`), key)).slice(0, 4)
    const said = Uint8Array.from((hash ?? '').match(/../g) ?? [], (x) => parseInt(x, 16))
    if (!name || key.length !== 33 || key[0] !== 1 || !equal(own, said)) throw new ProofError('proof.badKey')
    return { name, hash: own, key: key.slice(1) }
  } catch {
    throw new ProofError('proof.badKey')
  }
}

/** Reads a checkpoint and checks its signature. */
export function openCheckpoint(note: string, key: string): Checkpoint {
  const { name, hash, key: publicKey } = readKey(key)
  const at = note.lastIndexOf('\n\n')
  if (at < 0) throw new ProofError('proof.badNote')
  const text = note.slice(0, at + 1)
  const [origin, size, root] = text.split('\n')
  if (!origin || !root || !/^\d{1,15}$/.test(size ?? '')) throw new ProofError('proof.badNote')
  if (origin !== name) throw new ProofError('proof.badName')
  for (const line of note.slice(at + 2).split('\n')) {
    const found = /^— (\S+) (\S+)$/.exec(line)
    if (!found || found[1] !== name) continue
    const signature = bytesOf(found[2] ?? '')
    if (!equal(signature.slice(0, 4), hash)) continue
    if (ed25519.verify(signature.slice(4), new TextEncoder().encode(text), publicKey)) return { origin, size: Number(size), root: bytesOf(root) }
  }
  throw new ProofError('proof.badSignature')
}

/** The hash of a record in the tree. */
export function leafOf(record: Uint8Array): Uint8Array {
  return sha256(joined(Uint8Array.of(0), record))
}

/** Checks that a leaf at a position, from 1, leads to the root of a tree (RFC 9162, section 2.1.3.2). */
export function checkPath(leaf: Uint8Array, position: number, size: number, hashes: Uint8Array[], root: Uint8Array): void {
  let index = position - 1
  let last = size - 1
  let hash = leaf
  if (index < 0 || index > last) throw new ProofError('proof.badPath')
  const node = (left: Uint8Array, right: Uint8Array) => sha256(joined(Uint8Array.of(1), left, right))
  for (const sibling of hashes) {
    if (last === 0) throw new ProofError('proof.badPath')
    if (index % 2 === 1 || index === last) {
      hash = node(sibling, hash)
      while (index % 2 === 0 && index !== 0) {
        index = Math.floor(index / 2)
        last = Math.floor(last / 2)
      }
    } else {
      hash = node(hash, sibling)
    }
    index = Math.floor(index / 2)
    last = Math.floor(last / 2)
  }
  if (last !== 0 || !equal(hash, root)) throw new ProofError('proof.badPath')
}
