/** Actions on a resource: which are legal, what they ask for, and what they answer. */
import { Alert, App, Flex, Form, Modal, Typography } from 'antd'
import { useState } from 'react'
import { act, Problem, uuid } from '../contract/client'
import { contract, fieldsOf, type Field, type Method, type Resource, type Row, type Transition } from '../contract/model'
import { useTexts } from '../labels/i18n'
import { FieldItem, readForm, violationsOn } from './Input'
import { useMe } from './session'

/** The fields of a request that a person fills in: all but the name, the version and the id of the request. */
export function askedFor(method: Method): Field[] {
  return (method.body ?? []).filter((f) => !['name', 'etag', 'requestId', 'validateOnly', 'acknowledge'].includes(f.name))
}

/** The state that a method leads to, in words; '' if it leads to none. */
export function useOutcome(resource: Resource): (transition: Transition | undefined) => string {
  const { word } = useTexts()
  const field = fieldsOf(resource).find((f) => f.name === 'state')
  return (transition) => (transition?.to ? word(contract.enums[field?.enum ?? '']?.[transition.to]) : '')
}

/** Whether the caller wrote the row, so that another person must answer for it. */
export function useOwnWork(): (row: Row, transition: Transition | undefined) => boolean {
  const { me } = useMe()
  return (row, transition) =>
    !!transition?.answer && !!me?.subject && ((row.authors as { subject?: string }[] | undefined) ?? []).some((a) => a.subject === me.subject)
}

interface DialogProps {
  resource: Resource
  method: Method
  transition?: Transition
  rows: Row[]
  onClose: (changed: boolean) => void
}

/** Asks for what the method needs and calls it for each row. Refusals are listed by row. */
export function ActionDialog({ resource, method, transition, rows, onClose }: DialogProps) {
  const { t, word } = useTexts()
  const { message } = App.useApp()
  const outcome = useOutcome(resource)
  const [form] = Form.useForm<Row>()
  const [done, setDone] = useState<number>()
  const [refused, setRefused] = useState<{ name: string; text: string }[]>([])
  const [changed, setChanged] = useState(false)
  const [ids] = useState(() => new Map(rows.map((r) => [r.name, uuid()])))
  const fields = askedFor(method)
  const action = word(method.label)
  const left = rows.filter((r) => refused.length === 0 || refused.some((f) => f.name === r.name))
  const run = async () => {
    const values = readForm(fields, await form.validateFields())
    setDone(0)
    const bad: { name: string; text: string }[] = []
    for (const [i, row] of left.entries()) {
      try {
        await act(String(row.name), method, { ...values, etag: row.etag, requestId: ids.get(row.name) })
        setChanged(true)
      } catch (error) {
        const problem = error instanceof Problem ? error : new Problem(0, '', String(error))
        const on = left.length === 1 ? violationsOn(fields, problem) : []
        if (on.length) form.setFields(on)
        if (problem.status === 409 && problem.reason !== 'WRONG_STATE') setChanged(true)
        bad.push({ name: String(row.name), text: problem.status === 0 ? t('state.offline') : problem.reason === 'ETAG_STALE' ? t('record.stale') : problem.message })
      }
      setDone(i + 1)
    }
    setDone(undefined)
    setRefused(bad)
    if (bad.length === 0) {
      void message.success(t('record.done', { action }))
      onClose(true)
    } else {
      setChanged(true)
    }
  }
  return (
    <Modal
      open title={rows.length === 1 ? t('act.one', { action }) : t('act.confirm', { action, n: rows.length })}
      okText={done === undefined ? action : t('act.running', { done, n: left.length })} cancelText={t('form.cancel')}
      okButtonProps={{ danger: transition?.answer === 'DENIES' || (!transition?.answer && !!transition?.why), loading: done !== undefined }}
      onOk={() => void run().catch(() => undefined)} onCancel={() => onClose(changed)} mask={{ closable: false }}
    >
      <Flex vertical gap="middle">
        {outcome(transition) && <Typography.Text>{t('act.consequence', { state: outcome(transition) })}</Typography.Text>}
        {refused.length > 0 && (
          <Alert type="error" role="alert" showIcon title={rows.length === 1 ? t('act.refused') : t('act.result', { good: rows.length - refused.length, bad: refused.length })}
            description={<ul className="plain">{[...new Set(refused.map((r) => r.text))].slice(0, 8).map((text) => <li key={text}>{text}</li>)}</ul>} />
        )}
        <Form form={form} layout="vertical" requiredMark={false}>
          {fields.map((field) => <FieldItem key={field.name} field={field} resource={resource} context={String(rows[0]?.name ?? '')} />)}
        </Form>
      </Flex>
    </Modal>
  )
}
