/** The pages of the console. */
import { lazy } from 'react'
import { Navigate, Route, Routes } from 'react-router'
import { Look } from '../kit/Look'
import { NotFound } from '../kit/NotFound'
import { Shell, type Place } from '../kit/Shell'

const ListPage = lazy(() => import('../kit/ListPage').then((m) => ({ default: m.ListPage })))
const RecordPage = lazy(() => import('../kit/RecordPage').then((m) => ({ default: m.RecordPage })))
const NewPage = lazy(() => import('../kit/FormPage').then((m) => ({ default: m.NewPage })))
const EditPage = lazy(() => import('../kit/FormPage').then((m) => ({ default: m.EditPage })))

/** The list that the console opens with. */
const first = 'campaigns'

const places = (): Place[] => []

export default function Console() {
  return (
    <Look>
      <Routes>
        <Route element={<Shell places={places} />}>
          <Route index element={<Navigate to={`/console/list/${first}`} replace />} />
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
