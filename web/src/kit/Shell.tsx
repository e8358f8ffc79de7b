/** The frame of the console: navigation that follows the contract and what the caller may call, language, mode, account. */
import { GlobalOutlined, MenuOutlined, MoonOutlined, SunOutlined, UserOutlined } from '@ant-design/icons'
import { Button, Drawer, Dropdown, Flex, Layout, Menu, type MenuProps } from 'antd'
import { Suspense, useEffect, useState } from 'react'
import { Link, Outlet, useLocation } from 'react-router'
import { contract, everywhere } from '../contract/model'
import { adopt, choose, useTexts } from '../labels/i18n'
import { useLook } from './Look'
import { may, useMe } from './session'
import { Failure, Loading } from './states'

export interface Place {
  to: string
  label: string
}

/** The frame. `places` are the pages of their own, which come before the lists of the resources. */
export function Shell({ places }: { places: (t: ReturnType<typeof useTexts>['t']) => Place[] }) {
  const { t } = useTexts()
  const [open, setOpen] = useState(false)
  const { me, pending, error } = useMe()
  const { pathname } = useLocation()
  useEffect(() => setOpen(false), [pathname])
  useEffect(() => adopt(me?.language), [me?.language])
  return (
    <Layout className="shell">
      <a className="skip" href="#content">{t('app.skip')}</a>
      <Layout.Header className="top">
        <Button className="narrow" type="text" icon={<MenuOutlined />} aria-label={t('app.menu')} onClick={() => setOpen(true)} />
        <Link to="/console" className="brand"><img src="/console/assets/wancun.svg" alt="" width={24} height={24} /> {t('app.name')}</Link>
        <Flex gap={4} className="tools"><Tools /></Flex>
      </Layout.Header>
      <Layout>
        <Layout.Sider className="wide-only" width={208} theme="light"><nav aria-label={t('app.menu')}><Navigation places={places(t)} /></nav></Layout.Sider>
        <Layout.Content id="content" className="content" tabIndex={-1}>
          <main>
            {error ? <Failure error={error} /> : pending ? <Loading /> : <Suspense fallback={<Loading />}><Outlet /></Suspense>}
          </main>
        </Layout.Content>
      </Layout>
      <Drawer open={open} placement="left" onClose={() => setOpen(false)} title={t('app.name')} className="menu-drawer">
        <nav aria-label={t('app.menu')}><Navigation places={places(t)} /></nav>
      </Drawer>
    </Layout>
  )
}

function Navigation({ places }: { places: Place[] }) {
  const { t, word } = useTexts()
  const { me } = useMe()
  const { pathname } = useLocation()
  const lists = Object.values(contract.resources)
    .filter((r) => r.list && may(me, r.list) && (r.list.path.match(/\{/g)?.length ?? 0) <= 1)
    .map((r) => ({ id: r.id, to: `/console/list/${everywhere(r)}`, label: word(r.label) }))
  const items: MenuProps['items'] = [
    ...places.map((p) => ({ key: p.to, label: <Link to={p.to}>{p.label}</Link> })),
    { type: 'group', label: t('nav.records'), children: lists.map((l) => ({ key: l.to, label: <Link to={l.to}>{l.label}</Link> })) },
  ]
  const here = lists.find((l) => new RegExp(`/${l.id}(/[^/]+)?$`).test(pathname))?.to ?? [...places].reverse().find((p) => pathname.startsWith(p.to))?.to
  return <Menu mode="inline" items={items} selectedKeys={here ? [here] : []} />
}

/** Language, mode and account. */
export function Tools() {
  const { t, language } = useTexts()
  const { mode, setMode } = useLook()
  const { me } = useMe()
  const signedIn = !!me?.subject
  const items: MenuProps['items'] = [
    { key: 'docs', label: <a href="/docs">{t('app.docs')}</a> },
    ...(signedIn
      ? [{ key: 'out', label: <form method="post" action="/sign-out"><button className="link" type="submit">{t('app.signOut')}</button></form> }]
      : [{ key: 'in', label: <a href="/sign-in">{t('app.signIn')}</a> }]),
  ]
  return (
    <>
      <Button type="text" icon={<GlobalOutlined />} onClick={() => choose(language === 'en' ? 'zh-CN' : 'en')}>{t('app.language')}</Button>
      <Button type="text" icon={mode === 'dark' ? <SunOutlined /> : <MoonOutlined />} aria-label={t(mode === 'dark' ? 'app.light' : 'app.dark')} title={t(mode === 'dark' ? 'app.light' : 'app.dark')} onClick={() => setMode(mode === 'dark' ? 'light' : 'dark')} />
      <Dropdown menu={{ items }} trigger={['click']}>
        <Button type="text" icon={<UserOutlined />} aria-label={t('app.me')} />
      </Dropdown>
    </>
  )
}
