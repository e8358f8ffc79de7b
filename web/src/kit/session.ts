/** Who the caller is and which methods it may call, from GET /v1/me. */
import { useQuery } from '@tanstack/react-query'
import { get, Problem } from '../contract/client'
import { contract, type Method } from '../contract/model'

export interface Grant {
  role: string
  area?: string
  organization?: string
}

export interface Me {
  account: string
  /** The id under which the journal keeps what the caller wrote; '' without a session. */
  subject: string
  displayName?: string
  language?: string
  grants: Grant[]
  /** `wancun.village.v1.NeedService/CreateNeed`. undefined if the server does not list them. */
  methods?: string[]
}

/** The caller. Without a session the account is empty. */
export function useMe(): { me: Me | undefined; pending: boolean; error: unknown } {
  const { data, isPending, error } = useQuery({ queryKey: ['me'], queryFn: readMe, staleTime: 60_000 })
  return { me: data, pending: isPending, error }
}

async function readMe(): Promise<Me> {
  if (!contract.me) return { account: '', subject: '', grants: [] }
  try {
    const me = await get<Partial<Me>>('/v1/me')
    return { ...me, account: me.account ?? '', subject: me.subject ?? '', grants: me.grants ?? [], methods: me.methods ?? [] }
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return { account: '', subject: '', grants: [], methods: [] }
    throw error
  }
}

/** Whether the caller may call a method. If the server does not say, the call decides. */
export function may(me: Me | undefined, method: Method | undefined): boolean {
  if (!method || !me) return false
  if (!me.methods) return true
  return me.methods.some((m) => m.slice(m.lastIndexOf('.') + 1).replace('/', '_') === method.id)
}

/** Whether the caller may call the operation with an id such as `JournalService_Read`. */
export function mayCall(me: Me | undefined, operation: string): boolean {
  return may(me, { id: operation, verb: 'GET', path: '', label: { zh: '', en: '' }, query: [] })
}

/** Whether the caller has a role. Without a list of grants no role is known. */
export function hasRole(me: Me | undefined, ...roles: string[]): boolean {
  return !!me?.grants.some((g) => roles.includes(g.role))
}
