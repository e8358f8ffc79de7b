/** One set of tokens for light and dark. Chosen by the user in this browser, else by the system. */
import { theme, type ThemeConfig } from 'antd'
import { useEffect, useState } from 'react'

export type Mode = 'light' | 'dark'
const chosen = 'wancun.theme'

/** The tokens of a mode. The red of the seal is the accent; surfaces are warm greys. */
export function tokens(mode: Mode): ThemeConfig {
  return {
    algorithm: mode === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: mode === 'dark' ? '#d9545a' : '#a61d24',
      colorInfo: mode === 'dark' ? '#6aa1d8' : '#1f5f9e',
      colorLink: mode === 'dark' ? '#8ab8ea' : '#1f5f9e',
      colorSuccess: mode === 'dark' ? '#6bbf7a' : '#2a7a3f',
      colorWarning: mode === 'dark' ? '#d9a441' : '#97610a',
      colorError: mode === 'dark' ? '#f0787e' : '#b3261e',
      colorTextDescription: mode === 'dark' ? '#a9a49c' : '#5f5a52',
      colorTextPlaceholder: mode === 'dark' ? '#938e86' : '#716b63',
      colorBgLayout: mode === 'dark' ? '#141312' : '#f6f4f1',
      borderRadius: 6,
      fontFamily: 'system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    },
    components: { Layout: { headerPadding: '0 16px', headerHeight: 48 } },
  }
}

function system(): Mode {
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

/** The mode of the page and the function that changes it. */
export function useMode(): [Mode, (mode: Mode) => void] {
  const [mode, set] = useState<Mode>(() => (localStorage.getItem(chosen) as Mode | null) ?? system())
  useEffect(() => {
    document.documentElement.dataset.theme = mode
  }, [mode])
  return [mode, (next) => {
    localStorage.setItem(chosen, next)
    set(next)
  }]
}
