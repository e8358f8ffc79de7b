/** The pages of the console. */
import { lazy } from 'react'
import { Route, Routes } from 'react-router'
import { Look } from '../kit/Look'
import { NotFound } from '../kit/NotFound'
import type { Translate } from '../labels/i18n'
import { Shell, type Place } from '../kit/Shell'

const ListPage = lazy(() => import('../kit/ListPage').then((m) => ({ default: m.ListPage })))
const RecordPage = lazy(() => import('../kit/RecordPage').then((m) => ({ default: m.RecordPage })))
const NewPage = lazy(() => import('../kit/FormPage').then((m) => ({ default: m.NewPage })))
const EditPage = lazy(() => import('../kit/FormPage').then((m) => ({ default: m.EditPage })))

const Home = lazy(() => import('./Home').then((m) => ({ default: m.Home })))
const CampaignPage = lazy(() => import('./CampaignPage').then((m) => ({ default: m.CampaignPage })))
const NewestCampaign = lazy(() => import('./CampaignPage').then((m) => ({ default: m.NewestCampaign })))

const places = (t: Translate): Place[] => [
  { to: '/console', label: t('nav.home') },
  { to: '/console/campaign', label: t('nav.campaign') },
]

export default function Console() {
  return (
    <Look>
      <Routes>
        <Route element={<Shell places={places} />}>
          <Route index element={<Home />} />
          <Route path="campaign" element={<NewestCampaign />} />
          <Route path="campaign/:campaign" element={<CampaignPage />} />
          <Route path="list/*" element={<ListPage />} />
          <Route path="record/*" element={<RecordPage />} />
          <Route path="new/*" element={<NewPage />} />
          <Route path="edit/*" element={<EditPage />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </Look>
  )
}
