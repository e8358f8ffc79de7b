/** The form of any resource: new rows and changes of existing ones. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Card, Flex, Form, Input, Typography } from 'antd'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { create, get, Problem, update, uuid, type Violation } from '../contract/client'
import { camel, collectionOf, fieldsOf, parentOf, parentResource, resourceOf, type Field, type Method, type Resource, type Row } from '../contract/model'
import { changed } from '../contract/validate'
import { useTexts } from '../labels/i18n'
import { FieldItem, formOf, pathOf, readForm, violationsOn } from './Input'
import { NotFound } from './NotFound'
import { Picker } from './Picker'
import { Failure, Loading } from './states'

/** The form at /console/new/{collection}. */
export function NewPage() {
  const collection = useParams()['*'] ?? ''
  const resource = resourceOf(collection)
  return resource?.create ? <ResourceForm key={collection} resource={resource} method={resource.create} collection={collection} /> : <NotFound />
}

/** The form at /console/edit/{name}. */
export function EditPage() {
  const name = useParams()['*'] ?? ''
  const resource = resourceOf(name)
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['record', name], queryFn: () => get(`/v1/${name}`), enabled: !!resource, staleTime: 0, refetchOnWindowFocus: false })
  if (!resource?.update) return <NotFound />
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (isPending) return <Loading />
  return <ResourceForm key={name} resource={resource} method={resource.update} collection={collectionOf(name)} row={data} />
}

interface Props {
  resource: Resource
  method: Method
  collection: string
  row?: Row
}

/** The parameter that chooses the id of a new resource, such as needId. */
function idField(resource: Resource, method: Method): Field | undefined {
  const variable = camel(resource.pattern.slice(resource.pattern.lastIndexOf('{') + 1, -1))
  return method.query.find((f) => f.name === `${variable}Id`)
}

function ResourceForm({ resource, method, collection, row }: Props) {
  const { t, word } = useTexts()
  const { message, modal } = App.useApp()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const [form] = Form.useForm<Row>()
  const [requestId] = useState(uuid)
  const [sending, setSending] = useState(false)
  const [rest, setRest] = useState<Violation[]>([])
  const [failure, setFailure] = useState<unknown>()
  const [under, setUnder] = useState(() => (collection.includes('/-/') ? '' : parentOf(collection)))
  const fields = fieldsOf(resource).filter((f) => !f.readOnly && !['name', 'etag'].includes(f.name))
  const parent = row ? undefined : parentResource(resource)
  const id = row ? undefined : idField(resource, method)
  const chosenId = id && id.format !== 'uuid' ? id : undefined
  const to = parent && under ? `${under}/${resource.id}` : collection

  const save = async (acknowledge: string[]) => {
    setFailure(undefined)
    setRest([])
    let values: Row
    try {
      values = await form.validateFields()
    } catch {
      return
    }
    const next = readForm(fields, values)
    const mask = row ? changed(row, next, fields) : []
    if (row && mask.length === 0) {
      void message.info(t('form.unchanged'))
      return
    }
    setSending(true)
    try {
      const wanted = chosenId ? { [chosenId.name]: values[chosenId.name] as string } : {}
      const saved = row
        ? await update(String(row.name), { ...Object.fromEntries(mask.map((f) => [f, next[f]])), etag: row.etag }, mask, requestId, acknowledge)
        : await create(to, next, requestId, acknowledge, wanted)
      await cache.invalidateQueries()
      void message.success(t('form.saved'))
      void navigate(`/console/record/${String(saved.name)}`, { replace: true })
    } catch (error) {
      refuse(error)
    } finally {
      setSending(false)
    }
  }
  const refuse = (error: unknown) => {
    const problem = error instanceof Problem ? error : undefined
    if (problem?.acknowledge.length && problem.violations.every((v) => problem.acknowledge.includes(v.reason ?? ''))) {
      modal.confirm({
        title: t('form.questions'), okText: t('form.acknowledge'), cancelText: t('form.correct'), onOk: () => save(problem.acknowledge),
        content: <ul className="plain">{problem.violations.map((v) => <li key={v.reason}>{v.label ? `${v.label}: ` : ''}{v.detail}</li>)}</ul>,
      })
    }
    if (!problem?.violations.length) {
      setFailure(error)
      return
    }
    const all = [...fields, ...(chosenId ? [chosenId] : [])]
    form.setFields(violationsOn(all, problem) as Parameters<typeof form.setFields>[0])
    setRest(problem.violations.filter((v) => !pathOf(all, v)))
    const first = violationsOn(all, problem)[0]
    if (first) form.scrollToField(first.name as string[], { block: 'center' })
  }

  const kind = word(resource.label)
  return (
    <div className="form">
      <Typography.Title level={1}>{t(row ? 'form.edit' : 'form.new', { kind })}</Typography.Title>
      <Card>
        <Form form={form} layout="vertical" initialValues={row ? formOf(fields, row) : {}} onFinish={() => void save([])} scrollToFirstError={{ block: 'center' }}>
          {parent && (
            <Form.Item label={word(parent.label)} required htmlFor="parent">
              <Picker id="parent" type={parent.type} value={under || undefined} onChange={(v) => setUnder(v ?? '')} disabled={!collection.includes('/-/')} />
            </Form.Item>
          )}
          {chosenId && (
            <Form.Item name={chosenId.name} label={t('form.id')} extra={t('form.idHelp')}>
              <Input />
            </Form.Item>
          )}
          {fields.map((field) => (
            <FieldItem key={field.name} field={field} resource={resource} context={row ? String(row.name) : under && `${under}/`} disabled={!!row && field.immutable} changes={!!row} />
          ))}
          {rest.length > 0 && (
            <Alert type="error" role="alert" showIcon title={t('form.faults', { n: rest.length })}
              description={<ul className="plain">{rest.map((v, i) => <li key={i}>{v.label ? `${v.label}: ` : ''}{v.detail}</li>)}</ul>} />
          )}
          {failure !== undefined && <Failure error={failure} retry={() => void save([])} />}
          <Flex gap="small" className="submit">
            <Button type="primary" htmlType="submit" size="large" loading={sending} disabled={!!parent && !under}>{t('form.save')}</Button>
            <Button size="large" onClick={() => void navigate(-1)}>{t('form.cancel')}</Button>
          </Flex>
        </Form>
      </Card>
    </div>
  )
}
