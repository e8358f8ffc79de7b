/** What a page shows instead of its content: empty, loading, and errors that say what to do. */
import { Alert, Button, Empty, Flex, Skeleton, Typography } from 'antd'
import type { ReactNode } from 'react'
import { Link, useLocation, useNavigate } from 'react-router'
import { Problem } from '../contract/client'
import { useTexts } from '../labels/i18n'
import type { Key } from '../labels/en'

/** A quiet place holder of some lines. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const { t } = useTexts()
  return (
    <div aria-busy="true" aria-label={t('app.loading')}>
      <Skeleton active title={false} paragraph={{ rows }} />
    </div>
  )
}

/** Nothing to show, with what to do. */
export function Nothing({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<Typography.Text>{text}</Typography.Text>}>
      {children}
    </Empty>
  )
}

function kindOf(error: unknown): { title: Key; help: Key; detail: string; signIn?: boolean; retry: boolean } {
  if (!(error instanceof Problem)) {
    return { title: 'state.error', help: 'state.errorHelp', detail: error instanceof Error ? error.message : String(error), retry: true }
  }
  const detail = [error.message, error.reason].filter(Boolean).join(' · ')
  switch (error.status) {
    case 0: return { title: 'state.offline', help: 'state.offlineHelp', detail, retry: true }
    case 401: return { title: 'state.signedOut', help: 'state.signedOutHelp', detail, signIn: true, retry: false }
    case 403: return { title: 'state.forbidden', help: 'state.forbiddenHelp', detail, retry: false }
    case 404: return { title: 'state.notFound', help: 'state.notFoundHelp', detail, retry: false }
    case 429: case 503: return { title: 'state.busy', help: 'state.busyHelp', detail, retry: true }
    default: return { title: 'state.error', help: 'state.errorHelp', detail, retry: true }
  }
}

/** An error in the place of the content. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTexts()
  const navigate = useNavigate()
  const here = useLocation()
  const kind = kindOf(error)
  const back = encodeURIComponent(here.pathname + here.search)
  return (
    <Alert
      type={kind.title === 'state.error' ? 'error' : 'warning'}
      showIcon
      role="alert"
      title={t(kind.title)}
      description={
        <Flex vertical gap="small">
          <span>{t(kind.help, { detail: kind.detail })}</span>
          {kind.title !== 'state.error' && kind.detail && <Typography.Text type="secondary">{kind.detail}</Typography.Text>}
          <Flex gap="small" wrap>
            {kind.retry && retry && <Button type="primary" onClick={retry}>{t('state.retry')}</Button>}
            {kind.signIn && <Button type="primary" href={`/sign-in?return_to=${back}`}>{t('app.signIn')}</Button>}
            {!kind.retry && !kind.signIn && <Button onClick={() => void navigate(-1)}>{t('state.back')}</Button>}
            <Link to="/console">{t('state.home')}</Link>
          </Flex>
        </Flex>
      }
    />
  )
}
