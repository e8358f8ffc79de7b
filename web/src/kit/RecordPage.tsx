/** The record of any resource: its fields, the actions that are legal now for this caller, related lists, its history. */
import { EditOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Card, Col, Descriptions, Flex, Row as Line, Typography } from 'antd'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { get } from '../contract/client'
import { actionsIn, childrenOf, editable, everywhere, fieldsOf, parentOf, parentResource, resourceOf, type Field, type Method, type Resource, type Row, type Transition } from '../contract/model'
import { useTexts } from '../labels/i18n'
import { declarationOf } from '../resources'
import { ActionDialog, useOwnWork } from './actions'
import { History } from './History'
import { short, titleOf } from './names'
import { NotFound } from './NotFound'
import { may, useMe } from './session'
import { Failure, Loading } from './states'
import { Reference, StateTag, Value } from './Value'

/** The record at /console/record/{name}. */
export function RecordPage() {
  const name = useParams()['*'] ?? ''
  const resource = resourceOf(name)
  return resource && name.split('/').length % 2 === 0 ? <Record key={name} name={name} resource={resource} /> : <NotFound />
}

function Record({ name, resource }: { name: string; resource: Resource }) {
  const { t, word, language } = useTexts()
  const { data: row, error, isPending, refetch } = useQuery({ queryKey: ['record', name], queryFn: ({ signal }) => get(`/v1/${name}`, {}, signal) })
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (isPending) return <Loading rows={10} />
  const fields = fieldsOf(resource).filter((f) => !['name', 'etag', 'displayName'].includes(f.name) && shows(f, row))
  const state = fields.find((f) => f.name === 'state')
  const parent = parentOf(name)
  const title = titleOf(row, name, language)
  return (
    <>
      <nav aria-label={t('app.menu')} className="crumbs">
        <Link to={`/console/list/${everywhere(resource)}`}>{word(resource.label)}</Link>
        {parent && <> / <Reference name={parent} /></>}
      </nav>
      <Flex justify="space-between" align="start" wrap gap="small" className="head">
        <Flex gap="small" align="center" wrap>
          <Typography.Title level={1}>{title === short(name) ? `${word(resource.label)} ${title}` : title}</Typography.Title>
          {state && <StateTag resource={resource} field={state} value={String(row.state)} />}
        </Flex>
        <Actions resource={resource} row={row} />
      </Flex>
      <Line gutter={[16, 16]}>
        <Col xs={24} lg={15}>
          <Card title={t('record.fields')}>
            <Descriptions column={1} size="small" className="fields" items={[
              ...(parent && parentResource(resource) ? [{ key: 'parent', label: word(parentResource(resource)?.label), children: <Reference name={parent} /> }] : []),
              ...fields.map((f) => ({ key: f.name, label: word(f.label), children: <Value field={f} value={row[f.name]} at={{ resource, row }} /> })),
            ]} />
          </Card>
          <Related resource={resource} name={name} />
        </Col>
        <Col xs={24} lg={9}>
          <Card title={t('record.history')}><History resource={resource} name={name} /></Card>
        </Col>
      </Line>
    </>
  )
}

/** Empty fields that only the server fills are left out, such as the reason of a return that did not happen. */
function shows(field: Field, row: Row): boolean {
  const value = row[field.name]
  return !field.readOnly || (value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0))
}

function Actions({ resource, row }: { resource: Resource; row: Row }) {
  const { t, word } = useTexts()
  const { me } = useMe()
  const own = useOwnWork()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const [open, setOpen] = useState<{ method: Method; transition?: Transition }>()
  const state = row.state as string | undefined
  const actions = actionsIn(resource, state).filter((a) => may(me, a.method))
  return (
    <Flex gap="small" wrap>
      {editable(resource, state) && may(me, resource.update) && (
        <Button icon={<EditOutlined />} onClick={() => void navigate(`/console/edit/${String(row.name)}`)}>{t('record.edit')}</Button>
      )}
      {actions.map(({ method, transition }) => (
        <Button
          key={method.id} type={transition?.answer === 'AFFIRMS' ? 'primary' : 'default'} danger={transition?.answer === 'DENIES'}
          disabled={own(row, transition)} title={own(row, transition) ? t('record.ownWork') : undefined} onClick={() => setOpen({ method, transition })}
        >
          {word(method.label)}
        </Button>
      ))}
      {open && (
        <ActionDialog resource={resource} {...open} rows={[row]} onClose={(changed) => {
          setOpen(undefined)
          if (changed) void cache.invalidateQueries()
        }} />
      )}
    </Flex>
  )
}

/** Links to lists that belong to the record: its children, and what names it. */
function Related({ resource, name }: { resource: Resource; name: string }) {
  const { t, word } = useTexts()
  const { me } = useMe()
  const children = childrenOf(resource).map((r) => ({ resource: r, to: `/console/list/${name}/${r.id}` }))
  const naming = (declarationOf(resource.id).related ?? [])
    .filter((x) => !children.some((c) => c.resource.id === resourceOf(x.collection)?.id))
    .map((x) => ({ resource: resourceOf(x.collection), to: `/console/list/${x.collection}?${x.by}=${encodeURIComponent(name)}` }))
  const links = [...children, ...naming].filter((l) => l.resource?.list && may(me, l.resource.list))
  if (links.length === 0) return null
  return (
    <Card title={t('record.more')} className="related">
      <Flex gap="middle" wrap>{links.map((l) => <Link key={l.to} to={l.to}>{word(l.resource?.label)}</Link>)}</Flex>
    </Card>
  )
}
