/** The start of the console. Each part is loaded when its address is opened. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { createBrowserRouter, Outlet, RouterProvider } from 'react-router'
import { Problem } from './contract/client'
import { startLanguage } from './labels/i18n'
import { allowStyles } from './kit/nonce'
import './kit/style.css'

allowStyles()

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && error instanceof Problem && (error.status === 0 || error.status >= 502),
    },
  },
})

const PublicPage = lazy(() => import('./pages/PublicPage'))
const Console = lazy(() => import('./pages/Console'))

const router = createBrowserRouter([
  {
    element: <Suspense fallback={<div className="starting" aria-busy="true" />}><Outlet /></Suspense>,
    children: [
      { path: '/', element: <PublicPage /> },
      { path: '/console/*', element: <Console /> },
    ],
  },
])

// A page that was loaded before the server was replaced finds its parts no longer. Loading it again brings the new ones.
window.addEventListener('vite:preloadError', (event) => {
  event.preventDefault()
  window.location.reload()
})

void startLanguage().then(() => {
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <QueryClientProvider client={cache}><RouterProvider router={router} /></QueryClientProvider>
    </StrictMode>,
  )
})
