import { SafetyCertificateOutlined } from '@ant-design/icons'
import { Button, Drawer } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTexts } from '../labels/i18n'
import { Loading } from './states'

const Proof = lazy(() => import('./Proof').then((m) => ({ default: m.Proof })))

/** Opens the check of an entry. Its code is loaded when it is used. */
export function ProofButton({ log, position }: { log: string; position: string }) {
  const { t } = useTexts()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button size="small" icon={<SafetyCertificateOutlined />} onClick={() => setOpen(true)} aria-label={`${t('record.check')} ${position}`}>{t('proof.open')}</Button>
      {open && (
        <Drawer open title={`${t('proof.title')}: ${log} ${position}`} onClose={() => setOpen(false)} className="drawer">
          <Suspense fallback={<Loading />}><Proof log={log} position={position} /></Suspense>
        </Drawer>
      )}
    </>
  )
}
