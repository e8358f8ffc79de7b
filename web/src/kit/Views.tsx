/** Saved views of a list: named addresses, kept in this browser. An address can also be sent to somebody else. */
import { DeleteOutlined, StarOutlined } from '@ant-design/icons'
import { Button, Flex, Input, Popover, Typography } from 'antd'
import { useState } from 'react'
import { Link, useLocation } from 'react-router'
import { useTexts } from '../labels/i18n'

interface View {
  name: string
  query: string
}

const key = (path: string) => `wancun.views:${path}`

function read(path: string): View[] {
  try {
    return JSON.parse(localStorage.getItem(key(path)) ?? '[]') as View[]
  } catch {
    return []
  }
}

/** The saved views of the list at a path, and the field that saves the present one. */
export function Views({ path }: { path: string }) {
  const { t } = useTexts()
  const { search } = useLocation()
  const [views, setViews] = useState(() => read(path))
  const [name, setName] = useState('')
  const keep = (next: View[]) => {
    localStorage.setItem(key(path), JSON.stringify(next))
    setViews(next)
  }
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      content={
        <Flex vertical gap="small" className="views">
          {views.map((view) => (
            <Flex key={view.name} justify="space-between" gap="small">
              <Link to={path + view.query}>{view.name}</Link>
              <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={`${t('form.remove')} ${view.name}`} onClick={() => keep(views.filter((v) => v !== view))} />
            </Flex>
          ))}
          {views.length === 0 && <Typography.Text type="secondary">{t('state.empty')}</Typography.Text>}
          <Flex gap="small">
            <Input placeholder={t('list.viewName')} aria-label={t('list.viewName')} value={name} onChange={(e) => setName(e.target.value)} />
            <Button disabled={!name.trim()} onClick={() => {
              keep([...views.filter((v) => v.name !== name.trim()), { name: name.trim(), query: search }])
              setName('')
            }}>{t('list.saveView')}</Button>
          </Flex>
        </Flex>
      }
    >
      <Button icon={<StarOutlined />} aria-label={t('list.views')} title={t('list.views')} />
    </Popover>
  )
}
