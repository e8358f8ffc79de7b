/** Inputs for fields of any type, with the constraints of the contract, and the server's violations on them. */
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Card, Flex, Form, Input, Select, Switch } from 'antd'
import type { Violation } from '../contract/client'
import type { Problem } from '../contract/client'
import { faultOf, type Fault } from '../contract/validate'
import { contract, valuesOf, type Field, type Resource, type Row } from '../contract/model'
import { dayOf, fenOf, isoDay, yuan, type Day } from '../labels/format'
import { useTexts } from '../labels/i18n'
import { useChoices } from './catalogue'
import { Picker } from './Picker'

type Path = (string | number)[]

interface ItemProps {
  field: Field
  resource?: Resource
  /** A resource name in whose catalogue choices lie. */
  context?: string
  /** The path of the field in the form. */
  path?: Path
  disabled?: boolean
  /** Whether the form changes a row that may have been confirmed. */
  changes?: boolean
}

/** A field of a form with its label, its help and its checks. */
export function FieldItem({ field, resource, context = '', path = [field.name], disabled, changes }: ItemProps) {
  const { t, word } = useTexts()
  const says = (fault: Fault) => ('rule' in fault ? word(fault.rule) : t(fault.key as 'fault.form', fault.values))
  if (field.type === 'list' && field.items?.type === 'message') return <Items field={field} context={context} path={path} disabled={disabled} />
  if (field.type === 'message') {
    return (
      <Card size="small" title={word(field.label)} className="nested">
        {contract.messages[field.message ?? '']?.fields.filter((f) => !f.readOnly).map((f) => (
          <FieldItem key={f.name} field={f} context={context} path={[...path, f.name]} disabled={disabled} />
        ))}
      </Card>
    )
  }
  const help = [field.vetted && !disabled && changes && t('form.vetted'), field.personal && t('form.personal')].filter(Boolean).join(' ')
  return (
    <Form.Item
      name={path}
      label={word(field.label) + (field.unit === 'FEN' ? ` (${t('form.yuan')})` : field.unit === 'BASIS_POINTS' ? ' (%)' : '')}
      extra={help || undefined}
      required={field.required}
      valuePropName={field.type === 'bool' ? 'checked' : 'value'}
      validateTrigger="onBlur"
      rules={[{
        validator: async (_, value: unknown) => {
          const [read, unreadable] = parsed(field, value)
          if (unreadable) throw new Error(t(unreadable))
          const fault = faultOf(field, read)
          if (fault) throw new Error(says(fault))
        },
      }]}
    >
      <FieldInput field={field} resource={resource} context={context} disabled={disabled} />
    </Form.Item>
  )
}

interface InputProps extends ItemProps {
  id?: string
  value?: unknown
  checked?: boolean
  onChange?: (value: unknown) => void
  onBlur?: () => void
}

function FieldInput({ field, resource, context = '', disabled, ...given }: InputProps) {
  const { t, word } = useTexts()
  const choices = useChoices(resource, field.name, context)
  const props = { id: given.id, disabled, onBlur: given.onBlur }
  const text = given.value as string | undefined
  if (choices) {
    const options = choices.filter((c) => c.open || c.id === text).map((c) => ({ value: c.id, label: c.unit ? `${c.label} (${c.unit})` : c.label }))
    return <Select {...props} showSearch={{ optionFilterProp: 'label' }} allowClear placeholder={t('form.choose')} value={text || undefined} onChange={given.onChange} options={options} />
  }
  if (field.reference) return <Picker id={given.id} type={field.reference} value={text} onChange={given.onChange} disabled={disabled} />
  switch (field.type) {
    case 'enum':
      return (
        <Select {...props} showSearch={{ optionFilterProp: 'label' }} allowClear={!field.required} placeholder={t('form.choose')} value={text || undefined} onChange={given.onChange}
          options={valuesOf(field).map(([value, words]) => ({ value, label: word(words) }))} />
      )
    case 'bool':
      return <Switch {...props} checked={given.checked} onChange={given.onChange} aria-label={word(field.label)} />
    case 'date':
      return <Input {...props} type="date" value={text ?? ''} onChange={(e) => given.onChange?.(e.target.value)} />
    case 'integer': case 'number':
      return <Input {...props} inputMode={field.unit === 'FEN' ? 'decimal' : 'numeric'} value={text ?? ''} onChange={(e) => given.onChange?.(e.target.value)} />
    case 'list':
      return <TextList {...given} field={field} disabled={disabled} />
    default:
      return field.lines
        ? <Input.TextArea {...props} rows={4} value={text ?? ''} onChange={(e) => given.onChange?.(e.target.value)} />
        : <Input {...props} value={text ?? ''} onChange={(e) => given.onChange?.(e.target.value)} />
  }
}

/** A list of texts or enum values. */
function TextList({ field, disabled, id, value, onChange }: InputProps) {
  const { t, word } = useTexts()
  const items = field.items
  const options = items?.type === 'enum' ? valuesOf(items).map(([v, words]) => ({ value: v, label: word(words) })) : []
  return <Select id={id} mode={options.length ? 'multiple' : 'tags'} disabled={disabled} value={(value as string[] | undefined) ?? []} onChange={onChange} options={options} tokenSeparators={options.length ? undefined : [',', '，', ' ']} placeholder={t('form.choose')} />
}

/** A list of messages: a card for each. */
function Items({ field, context, path, disabled }: Required<Pick<ItemProps, 'field' | 'context' | 'path'>> & { disabled?: boolean }) {
  const { t, word } = useTexts()
  const fields = contract.messages[field.items?.message ?? '']?.fields.filter((f) => !f.readOnly) ?? []
  return (
    <Form.Item label={word(field.label)} required={field.required} className="list-of-items">
      <Form.List name={path.length === 1 ? path[0]! : path}>
        {(rows, { add, remove }) => (
          <Flex vertical gap="small">
            {rows.map((row) => (
              <Card key={row.key} size="small" extra={<Button type="text" icon={<DeleteOutlined />} disabled={disabled} aria-label={t('form.remove')} onClick={() => remove(row.name)} />}>
                {fields.map((f) => <FieldItem key={f.name} field={f} context={context} path={[row.name, f.name]} disabled={disabled} />)}
              </Card>
            ))}
            <Button icon={<PlusOutlined />} disabled={disabled} onClick={() => add({})}>{t('form.add')}</Button>
          </Flex>
        )}
      </Form.List>
    </Form.Item>
  )
}

/** The value of an input as the API has it, or the key of what is wrong with its form. */
function parsed(field: Field, value: unknown): [unknown, 'fault.amount' | 'fault.date' | undefined] {
  if (value === undefined || value === null || value === '') return [undefined, undefined]
  if (field.type === 'date') {
    const day = dayOf(String(value))
    return [day, day ? undefined : 'fault.date']
  }
  if (field.type === 'integer' && (field.unit === 'FEN' || field.unit === 'BASIS_POINTS')) {
    const fen = fenOf(String(value))
    return [fen, fen === undefined ? 'fault.amount' : undefined]
  }
  if (field.type === 'integer') return [String(value).replace(/[,，\s]/g, ''), undefined]
  return [typeof value === 'string' && !field.lines ? value.trim() : value, undefined]
}

/** Reads the values of a form as JSON of the API. */
export function readForm(fields: Field[], values: Row): Row {
  const row: Row = {}
  for (const field of fields) {
    const value = values[field.name]
    if (field.type === 'message') {
      const inner = readForm(writable(field.message), (value as Row | undefined) ?? {})
      if (Object.values(inner).some((v) => v !== undefined)) row[field.name] = inner
    } else if (field.type === 'list' && field.items?.type === 'message') {
      row[field.name] = ((value as Row[] | undefined) ?? []).map((v) => readForm(writable(field.items?.message), v ?? {}))
    } else {
      const [read] = parsed(field, value)
      row[field.name] = field.type === 'integer' && !field.wide && read !== undefined ? Number(read) : read
    }
  }
  return row
}

function writable(message: string | undefined): Field[] {
  return contract.messages[message ?? '']?.fields.filter((f) => !f.readOnly) ?? []
}

/** The values of inputs for a row of the API. */
export function formOf(fields: Field[], row: Row): Row {
  const values: Row = {}
  for (const field of fields) {
    const value = row[field.name]
    if (value === undefined) continue
    if (field.type === 'date') values[field.name] = isoDay(value as Day)
    else if (field.type === 'integer' && (field.unit === 'FEN' || field.unit === 'BASIS_POINTS')) values[field.name] = yuan(String(value)).replace(/,/g, '')
    else if (field.type === 'integer') values[field.name] = String(value)
    else if (field.type === 'enum') values[field.name] = String(value).endsWith('_UNSPECIFIED') ? undefined : value
    else if (field.type === 'message') values[field.name] = formOf(writable(field.message), value as Row)
    else if (field.type === 'list' && field.items?.type === 'message') values[field.name] = (value as Row[]).map((v) => formOf(writable(field.items?.message), v))
    else values[field.name] = value
  }
  return values
}

/** The path of the input that a violation is about; undefined if the form has none. */
export function pathOf(fields: Field[], violation: Violation): Path | undefined {
  const pointer = violation.pointer ?? (violation.parameter ? `/${violation.parameter}` : '')
  const segments = pointer.split('/').slice(1).map((s) => s.replace(/~1/g, '/').replace(/~0/g, '~'))
  const first = fields.find((f) => f.name === segments[0])
  if (!first) return undefined
  // A part of a value that has one input, such as the month of a day, belongs to that input.
  if (first.type === 'message' || (first.type === 'list' && first.items?.type === 'message')) return segments.map((s) => (/^\d+$/.test(s) ? Number(s) : s))
  return [first.name]
}

/** The violations of a problem as errors of the form's fields. */
export function violationsOn(fields: Field[], problem: Problem): { name: Path; errors: string[] }[] {
  const on = new Map<string, { name: Path; errors: string[] }>()
  for (const violation of problem.violations) {
    const name = pathOf(fields, violation)
    if (!name) continue
    const key = JSON.stringify(name)
    on.set(key, { name, errors: [...(on.get(key)?.errors ?? []), violation.detail] })
  }
  return [...on.values()]
}
