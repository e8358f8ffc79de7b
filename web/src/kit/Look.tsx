/** Tokens and language of the components. */
import { App, ConfigProvider } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import { createContext, useContext, type ReactNode } from 'react'
import { useTexts } from '../labels/i18n'
import { tokens, useMode, type Mode } from './theme'

const Context = createContext<{ mode: Mode; setMode: (mode: Mode) => void }>({ mode: 'light', setMode: () => undefined })

/** The mode of the page. */
export const useLook = () => useContext(Context)

/** Surrounds everything that uses the components. `fixed` is the mode of a page that has one only. */
export function Look({ children, fixed }: { children: ReactNode; fixed?: Mode }) {
  const { language } = useTexts()
  const [mode, setMode] = useMode()
  return (
    <Context.Provider value={{ mode: fixed ?? mode, setMode }}>
      <ConfigProvider theme={tokens(fixed ?? mode)} locale={language === 'en' ? en : zh} button={{ autoInsertSpace: false }}>
        <App>{children}</App>
      </ConfigProvider>
    </Context.Provider>
  )
}
