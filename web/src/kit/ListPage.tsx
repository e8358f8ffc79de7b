/** A list of any resource: conditions and order in the URL, pages by token, columns, and actions on selected rows. */
import { PlusOutlined, ReloadOutlined, SettingOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Checkbox, Flex, Pagination, Popover, Table, Typography, type TableColumnsType } from 'antd'
import { useState } from 'react'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { list, type Page } from '../contract/client'
import { conditionsFrom, filterOf, orderField, withConditions } from '../contract/filter'
import { fieldsOf, parentOf, parentResource, resourceOf, type Field, type Resource, type Row } from '../contract/model'
import { useTexts } from '../labels/i18n'
import { declarationOf } from '../resources'
import { BatchActions } from './BatchActions'
import { FilterBar } from './FilterBar'
import { short, titleOf } from './names'
import { NotFound } from './NotFound'
import { may, useMe } from './session'
import { Failure, Loading, Nothing } from './states'
import { firstColumns, Reference, Value } from './Value'
import { Views } from './Views'

const pageSize = 50

/** The list at /console/list/{collection}. */
export function ListPage() {
  const collection = useParams()['*'] ?? ''
  const resource = resourceOf(collection)
  return resource?.list ? <List key={collection} collection={collection} resource={resource} /> : <NotFound />
}

function List({ collection, resource }: { collection: string; resource: Resource }) {
  const { t, word, language } = useTexts()
  const navigate = useNavigate()
  const [query, setQuery] = useSearchParams()
  const [selected, select] = useState<string[]>([])
  const { me } = useMe()
  const conditions = conditionsFrom(resource, query)
  const filter = filterOf(resource, conditions)
  const orderBy = query.get('order') ?? ''
  const tokens = query.getAll('page')
  const { data, error, isPending, isFetching, refetch } = useQuery<Page>({
    queryKey: ['list', collection, filter, orderBy, tokens.at(-1) ?? ''],
    queryFn: ({ signal }) => list(collection, { pageSize, filter, orderBy, pageToken: tokens.at(-1) }, signal),
    placeholderData: keepPreviousData,
  })
  const change = (next: URLSearchParams) => {
    select([])
    setQuery(next)
  }
  const parent = parentOf(collection)
  const across = collection.includes('/-/')
  const shown = query.getAll('column')
  const names = shown.length ? shown : defaultColumns(resource, across)
  return (
    <>
      <Flex justify="space-between" align="start" wrap gap="small" className="head">
        <div>
          <Typography.Title level={1}>{word(resource.label)}</Typography.Title>
          {parent && !across && <Reference name={parent} />}
        </div>
        <Flex gap="small" wrap>
          <Views path={`/console/list/${collection}`} />
          <Columns resource={resource} names={names} onChange={(chosen) => {
            const next = new URLSearchParams(query)
            next.delete('column')
            for (const name of chosen) next.append('column', name)
            setQuery(next)
          }} />
          <Button icon={<ReloadOutlined />} onClick={() => void refetch()} aria-label={t('list.refresh')} title={t('list.refresh')} />
          {may(me, resource.create) && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => void navigate(`/console/new/${collection}`)}>{t('list.new')}</Button>
          )}
        </Flex>
      </Flex>
      <FilterBar resource={resource} conditions={conditions} onChange={(next) => change(withConditions(query, resource, next))} />
      <BatchActions resource={resource} rows={(data?.rows ?? []).filter((r) => selected.includes(String(r.name)))} onDone={() => { select([]); void refetch() }} />
      {error ? <Failure error={error} retry={() => void refetch()} /> : isPending ? <Loading /> : (
        <>
          <Table<Row>
            className="rows" size="small" rowKey={(r) => String(r.name)} pagination={false} loading={isFetching && { delay: 300 }}
            dataSource={data.rows} scroll={{ x: 'max-content' }}
            columns={columnsOf(resource, names, orderBy, t('list.openRow'), language)}
            rowSelection={resource.custom.some((m) => may(me, m)) ? {
              selectedRowKeys: selected, onChange: (keys) => select(keys.map(String)),
              getCheckboxProps: (r) => ({ 'aria-label': short(String(r.name)) }) as object,
            } : undefined}
            locale={{ emptyText: (
              <Nothing text={t(filter ? 'state.emptyFiltered' : 'state.empty')}>
                {filter && <Button onClick={() => change(withConditions(query, resource, {}))}>{t('state.clear')}</Button>}
              </Nothing>
            ) }}
            onChange={(_, __, sorter) => {
              const one = Array.isArray(sorter) ? sorter[0] : sorter
              const field = orderField(resource, String(one?.columnKey ?? ''))
              const next = new URLSearchParams(query)
              next.delete('page')
              next.delete('order')
              if (one?.order && field) next.set('order', one.order === 'descend' ? `${field} desc` : field)
              change(next)
            }}
          />
          <Pages count={data.rows.length} tokens={tokens} next={data.next} onChange={(pages) => {
            const to = new URLSearchParams(query)
            to.delete('page')
            for (const token of pages) to.append('page', token)
            change(to)
          }} />
        </>
      )}
    </>
  )
}

/** The columns of a list that shows rows of several parents begin with the parent. */
function defaultColumns(resource: Resource, across: boolean): string[] {
  const first = firstColumns(resource, declarationOf(resource.id).columns)
  const parent = parentResource(resource)
  return across && parent && !declarationOf(resource.id).columns ? ['parent', ...first] : first
}

function columnsOf(resource: Resource, names: string[], orderBy: string, open: string, language: 'zh-CN' | 'en'): TableColumnsType<Row> {
  const fields = fieldsOf(resource)
  const [ordered, direction] = orderBy.split(' ')
  const columns: TableColumnsType<Row> = names.flatMap((name) => {
    const field = fields.find((f) => f.name === name) ?? parentField(resource, name)
    if (!field) return []
    const by = orderField(resource, name)
    return [{
      key: name,
      title: language === 'en' ? field.label.en : field.label.zh,
      align: field.type === 'integer' ? ('right' as const) : undefined,
      sorter: !!by,
      sortOrder: by && by === ordered ? (direction === 'desc' ? ('descend' as const) : ('ascend' as const)) : null,
      render: (_: unknown, row: Row) => {
        const value = fields.includes(field) ? row[field.name] : parentOf(String(row.name))
        if (name === 'displayName') return <Link to={`/console/record/${String(row.name)}`}>{titleOf(row, String(row.name), language)}</Link>
        return <Value field={field} value={value} at={{ resource, row }} />
      },
    }]
  })
  if (!names.includes('displayName')) {
    columns.push({
      key: '_open', title: '', fixed: 'right',
      render: (_: unknown, row: Row) => <Link to={`/console/record/${String(row.name)}`} aria-label={`${open} ${short(String(row.name))}`}>{open}</Link>,
    })
  }
  return columns
}

/** The parent as a column: `parent`, or the variable of the name, such as `village` of a need. */
function parentField(resource: Resource, name: string): Field | undefined {
  const parent = parentResource(resource)
  const variable = resource.pattern.split('/').at(-3)
  if (!parent || (name !== 'parent' && variable !== `{${name}}`)) return undefined
  return { name, label: parent.label, type: 'text', reference: parent.type }
}

function Columns({ resource, names, onChange }: { resource: Resource; names: string[]; onChange: (names: string[]) => void }) {
  const { t, word } = useTexts()
  const fields = fieldsOf(resource).filter((f) => !['name', 'etag'].includes(f.name))
  const parent = parentField(resource, 'parent')
  const options = [...(parent ? [parent] : []), ...fields].map((f) => ({ value: f.name, label: word(f.label) }))
  return (
    <Popover trigger="click" placement="bottomRight" content={<Checkbox.Group className="columns" options={options} value={names} onChange={(v) => onChange(v.map(String))} />}>
      <Button icon={<SettingOutlined />} aria-label={t('list.columns')} title={t('list.columns')} />
    </Popover>
  )
}

/** Pages by token: the tokens so far are in the URL, so that the way back leads through the pages that were seen. */
function Pages({ count, tokens, next, onChange }: { count: number; tokens: string[]; next?: string; onChange: (tokens: string[]) => void }) {
  const { t } = useTexts()
  const page = tokens.length + 1
  if (page === 1 && !next) return <Typography.Text type="secondary" className="count">{t('list.rows', { n: count })}</Typography.Text>
  return (
    <Flex justify="space-between" align="center" wrap gap="small" className="pages">
      <Typography.Text type="secondary">{t('list.rows', { n: count })}</Typography.Text>
      <Pagination
        simple={{ readOnly: true }} current={page} pageSize={1} total={page + (next ? 1 : 0)} showSizeChanger={false}
        onChange={(to) => onChange(to > page && next ? [...tokens, next] : tokens.slice(0, to - 1))}
      />
    </Flex>
  )
}
