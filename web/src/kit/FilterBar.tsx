/** The conditions of a list: a picker for each field that the contract declares as filterable. */
import { Button, Flex, Input, Select } from 'antd'
import { useState } from 'react'
import type { Conditions } from '../contract/filter'
import { filterField, valuesOf, type Field, type Resource } from '../contract/model'
import { useTexts } from '../labels/i18n'
import { useChoices } from './catalogue'
import { Picker } from './Picker'

interface Props {
  resource: Resource
  conditions: Conditions
  onChange: (conditions: Conditions) => void
}

/** The fields that the bar offers: those of the resource, in the order of the contract. */
export function FilterBar({ resource, conditions, onChange }: Props) {
  const { t } = useTexts()
  const fields = (resource.list?.filterable ?? [])
    .map((name) => ({ name, field: filterField(resource, name) }))
    .filter((f): f is { name: string; field: Field } => !!f.field && !['name', 'create_time', 'update_time'].includes(f.name))
  const set = (name: string, condition: Conditions[string] | undefined) => {
    const next = { ...conditions }
    if (condition) next[name] = condition
    else delete next[name]
    onChange(next)
  }
  return (
    <Flex gap="small" wrap align="end" className="filters" role="search">
      {fields.map(({ name, field }) => (
        <Condition key={name} name={name} field={field} resource={resource} condition={conditions[name]} onChange={(c) => set(name, c)} />
      ))}
      {Object.keys(conditions).length > 0 && <Button type="link" onClick={() => onChange({})}>{t('state.clear')}</Button>}
    </Flex>
  )
}

interface ConditionProps {
  name: string
  field: Field
  resource: Resource
  condition: Conditions[string] | undefined
  onChange: (condition: Conditions[string] | undefined) => void
}

function Condition({ name, field, resource, condition, onChange }: ConditionProps) {
  const { word } = useTexts()
  const id = `filter-${name}`
  return (
    <div className={`filter ${field.type === 'date' ? 'wide' : ''}`}>
      <label htmlFor={id}>{word(field.label)}</label>
      <ConditionInput id={id} name={name} field={field} resource={resource} condition={condition} onChange={onChange} />
    </div>
  )
}

function ConditionInput({ id, field, resource, condition, onChange }: ConditionProps & { id: string }) {
  const { t, word } = useTexts()
  const choices = useChoices(resource, field.name, '')
  const any = (values: string[]) => onChange(values.length ? { values } : undefined)
  if (field.type === 'enum' || choices || field.type === 'bool') {
    const options = choices?.map((i) => ({ value: i.id, label: i.label })) ??
      (field.type === 'bool'
        ? [{ value: 'true', label: t('record.yes') }, { value: 'false', label: t('record.no') }]
        : valuesOf(field).map(([value, words]) => ({ value, label: word(words) })))
    return (
      <Select
        id={id} mode="multiple" allowClear className="full" placeholder={t('list.any')} maxTagCount="responsive"
        value={condition?.values ?? []} onChange={any} options={options} showSearch={{ optionFilterProp: 'label' }}
      />
    )
  }
  if (field.reference) {
    return <Picker id={id} type={field.reference} value={condition?.values?.[0]} onChange={(v) => any(v ? [v] : [])} />
  }
  if (field.type === 'date') {
    const bound = (part: 'since' | 'until', value: string) => {
      const next = { ...condition, values: undefined, [part]: value || undefined }
      onChange(next.since || next.until ? next : undefined)
    }
    return (
      <Flex gap={4}>
        <Input id={id} type="date" aria-label={`${word(field.label)} ${t('list.since')}`} value={condition?.since ?? ''} onChange={(e) => bound('since', e.target.value)} />
        <Input type="date" aria-label={`${word(field.label)} ${t('list.until')}`} value={condition?.until ?? ''} onChange={(e) => bound('until', e.target.value)} />
      </Flex>
    )
  }
  return <TextCondition id={id} field={field} condition={condition} onChange={onChange} />
}

function TextCondition({ id, field, condition, onChange }: Pick<ConditionProps, 'field' | 'condition' | 'onChange'> & { id: string }) {
  const { t } = useTexts()
  const exact = field.type === 'integer'
  const value = exact ? condition?.values?.[0] : condition?.part
  const [typed, setTyped] = useState<string>()
  const apply = (text: string) => onChange(text === '' ? undefined : exact ? { values: [text] } : { part: text })
  return (
    <Input.Search
      id={id} allowClear placeholder={exact ? t('list.any') : t('list.search')} inputMode={exact ? 'numeric' : undefined}
      value={typed ?? value ?? ''} onChange={(e) => setTyped(e.target.value)}
      onSearch={(text) => { setTyped(undefined); apply(text.trim()) }}
    />
  )
}
