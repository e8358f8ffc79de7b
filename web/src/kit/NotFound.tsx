import { Problem } from '../contract/client'
import { Failure } from './states'

/** The page of an address that leads nowhere. */
export function NotFound() {
  return <Failure error={new Problem(404, '', '')} />
}
