/** The language of the page: what the user chose, else the account's, else the browser's. */
import i18next from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'
import { speak } from '../contract/client'
import type { Words } from '../contract/model'
import { en, type Key } from './en'
import { zh } from './zh'

export type Language = 'zh-CN' | 'en'
const chosen = 'wancun.language'

function initial(): Language {
  const stored = localStorage.getItem(chosen)
  if (stored === 'zh-CN' || stored === 'en') return stored
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

/** Prepares the texts. Called once, before the first page. */
export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: initial(),
    fallbackLng: false,
    resources: { 'zh-CN': { translation: zh }, en: { translation: en } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0])
  follow()
  i18next.on('languageChanged', follow)
}

function follow() {
  document.documentElement.lang = i18next.language
  speak(i18next.language)
}

/** Changes the language and remembers it in this browser. */
export function choose(language: Language): void {
  localStorage.setItem(chosen, language)
  void i18next.changeLanguage(language)
}

/** Takes the language of the account, unless the user chose one in this browser. */
export function adopt(language: string | undefined): void {
  if ((language !== 'zh-CN' && language !== 'en') || localStorage.getItem(chosen) || i18next.language === language) return
  void i18next.changeLanguage(language)
}

export type Translate = (key: Key, values?: Record<string, string | number>) => string

/** The texts in the language of the page, and the word of the contract in it. */
export function useTexts(): { t: Translate; word: (words: Words | undefined) => string; language: Language } {
  const { t, i18n } = useTranslation()
  const language = i18n.language as Language
  return {
    t: t as unknown as Translate,
    word: (words) => (words ? (language === 'zh-CN' ? words.zh : words.en) : ''),
    language,
  }
}
