/** The value of a field, as people read it. */
import { Tag, Typography } from 'antd'
import { Fragment } from 'react'
import { Link } from 'react-router'
import { contract, fieldsOf, resourceOf, toneOf, type Field, type Resource, type Row } from '../contract/model'
import { useTexts } from '../labels/i18n'
import { day, percent, time, whole, yuan, type Day } from '../labels/format'
import { useChoices } from './catalogue'
import { short, useTitle } from './names'

/** Context is the row in which a field is shown. */
export interface Context {
  resource?: Resource
  row?: Row
}

/** A link to a resource, under the name that people call it by. */
export function Reference({ name }: { name: string }) {
  const title = useTitle(name)
  return resourceOf(name) ? <Link to={`/console/record/${name}`}>{title}</Link> : <span>{short(name)}</span>
}

const colours = { wait: 'gold', good: 'green', bad: 'red', over: 'default', plain: 'blue' } as const

/** The state of a resource. The colour repeats what the word says. */
export function StateTag({ resource, field, value }: { resource: Resource; field: Field; value: string }) {
  const { word } = useTexts()
  return <Tag color={colours[toneOf(resource, value)]}>{word(contract.enums[field.enum ?? '']?.[value]) || value}</Tag>
}

function Chosen({ field, value, at }: { field: Field; value: string; at: Context }) {
  const items = useChoices(at.resource, field.name, String(at.row?.name ?? ''))
  return <>{items?.find((i) => i.id === value)?.label ?? value}</>
}

function Unit({ field, at }: { field: Field; at: Context }) {
  const by = field.unitNamedBy ?? ''
  const named = String(at.row?.[by] ?? '')
  const items = useChoices(at.resource, by, String(at.row?.name ?? ''))
  return <Typography.Text type="secondary"> {items?.find((i) => i.id === named)?.unit ?? (items ? '' : named)}</Typography.Text>
}

function People() {
  const { language } = useTexts()
  return <Typography.Text type="secondary">{language === 'zh-CN' ? ' 人' : ' people'}</Typography.Text>
}

/** A value of any type. Nothing is shown as a dash. */
export function Value({ field, value, at }: { field: Field; value: unknown; at: Context }) {
  const { t, word, language } = useTexts()
  if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) {
    return <Typography.Text type="secondary">{t('record.none')}</Typography.Text>
  }
  switch (field.type) {
    case 'enum': {
      const text = String(value)
      if (field.name === 'state' && at.resource) return <StateTag resource={at.resource} field={field} value={text} />
      return <>{word(contract.enums[field.enum ?? '']?.[text]) || text}</>
    }
    case 'bool':
      return <>{value ? t('record.yes') : t('record.no')}</>
    case 'date':
      return <span className="nowrap">{day(value as Day, language)}</span>
    case 'time':
      return <span className="nowrap">{time(String(value), language)}</span>
    case 'integer':
      return <Amount field={field} value={String(value)} at={at} />
    case 'list':
      return <List field={field} value={value as unknown[]} at={at} />
    case 'message':
      return <Nested message={field.message ?? ''} value={value as Row} at={at} />
    case 'text':
      if (field.reference) return <Reference name={String(value)} />
      if (at.resource && field.name) return <span className={field.lines ? 'lines' : undefined}><Chosen field={field} value={String(value)} at={at} /></span>
      return <span className={field.lines ? 'lines' : undefined}>{String(value)}</span>
    default:
      return <>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</>
  }
}

function Amount({ field, value, at }: { field: Field; value: string; at: Context }) {
  const { t } = useTexts()
  if (field.unit === 'FEN') return <span className="number">{yuan(value)} <Typography.Text type="secondary">{t('form.yuan')}</Typography.Text></span>
  if (field.unit === 'BASIS_POINTS') return <span className="number">{percent(value)}</span>
  return (
    <span className="number">
      {whole(value)}
      {field.unitNamedBy && <Unit field={field} at={at} />}
      {field.unit === 'PEOPLE' && <People />}
    </span>
  )
}

function List({ field, value, at }: { field: Field; value: unknown[]; at: Context }) {
  const items = field.items
  if (!items) return null
  if (items.type === 'message') {
    return (
      <ol className="items">
        {value.map((one, i) => <li key={i}><Nested message={items.message ?? ''} value={one as Row} at={at} /></li>)}
      </ol>
    )
  }
  return <>{value.map((one, i) => <Fragment key={i}>{i > 0 && ', '}<Value field={items} value={one} at={{ row: at.row }} /></Fragment>)}</>
}

function Nested({ message, value, at }: { message: string; value: Row; at: Context }) {
  const { word } = useTexts()
  const fields = contract.messages[message]?.fields.filter((f) => value[f.name] !== undefined && value[f.name] !== '') ?? []
  return (
    <>
      {fields.map((f, i) => (
        <Fragment key={f.name}>
          {i > 0 && ' · '}
          <Typography.Text type="secondary">{word(f.label)}</Typography.Text> <Value field={f} value={value[f.name]} at={{ row: at.row }} />
        </Fragment>
      ))}
    </>
  )
}

/** The columns that a list begins with: declared, else the first fields that fit into a cell. */
export function firstColumns(resource: Resource, declared: string[] | undefined): string[] {
  if (declared) return declared
  const fits = (f: Field) => !['message', 'list', 'object', 'bytes', 'time'].includes(f.type) && !f.lines && !f.personal && !['name', 'etag'].includes(f.name)
  const names = fieldsOf(resource).filter(fits).map((f) => f.name)
  const first = names.filter((n) => n !== 'state').slice(0, 7)
  return names.includes('state') ? [...first, 'state'] : first
}
