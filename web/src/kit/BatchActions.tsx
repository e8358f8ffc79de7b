/** Actions on the selected rows of a list, with their count. An action applies to those rows whose state allows it. */
import { Button, Flex, Typography } from 'antd'
import { useState } from 'react'
import { actionsIn, type Method, type Resource, type Row, type Transition } from '../contract/model'
import { useTexts } from '../labels/i18n'
import { ActionDialog, useOwnWork } from './actions'
import { may, useMe } from './session'

export function BatchActions({ resource, rows, onDone }: { resource: Resource; rows: Row[]; onDone: () => void }) {
  const { t, word } = useTexts()
  const { me } = useMe()
  const own = useOwnWork()
  const [open, setOpen] = useState<{ method: Method; transition?: Transition; rows: Row[] }>()
  const transitions = resource.custom.filter((method) => may(me, method)).flatMap((method) => {
    const fit = rows.filter((row) => actionsIn(resource, row.state as string).some((a) => a.method === method && a.transition && !own(row, a.transition)))
    const transition = resource.transitions.find((x) => x.operationId === method.id)
    return transition ? [{ method, transition, rows: fit }] : []
  })
  if (rows.length === 0 && !open) return null
  return (
    <Flex gap="small" align="center" wrap className="batch">
      <Typography.Text strong>{t('list.selected', { n: rows.length })}</Typography.Text>
      {transitions.map((a) => (
        <Button key={a.method.id} disabled={a.rows.length === 0} title={a.rows.length === 0 ? t('act.choose') : undefined} onClick={() => setOpen(a)}>
          {word(a.method.label)} ({a.rows.length})
        </Button>
      ))}
      {open && <ActionDialog resource={resource} method={open.method} transition={open.transition} rows={open.rows} onClose={(changed) => { setOpen(undefined); if (changed) onDone() }} />}
    </Flex>
  )
}
