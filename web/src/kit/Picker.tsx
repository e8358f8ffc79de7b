/** A choice of one resource by what people call it. */
import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useEffect, useState } from 'react'
import { list } from '../contract/client'
import { everywhere, resourceOfType } from '../contract/model'
import { useTexts } from '../labels/i18n'
import { short, titleOf, useTitle } from './names'

interface Props {
  type: string
  value?: string
  onChange?: (name: string | undefined) => void
  id?: string
  label?: string
  disabled?: boolean
}

/** Finds resources of a type by a part of their name. Without a method that lists them, the name itself is entered. */
export function Picker({ type, value, onChange, id, label, disabled }: Props) {
  const { t, language } = useTexts()
  const resource = resourceOfType(type)
  const [typed, setTyped] = useState('')
  const search = useSettled(typed)
  const title = useTitle(value ?? '')
  const byName = resource?.list?.filterable?.includes('display_name')
  const { data, isFetching } = useQuery({
    queryKey: ['pick', type, search],
    queryFn: ({ signal }) => list(everywhere(resource!), { pageSize: 30, filter: search && byName ? `display_name:${JSON.stringify(search)}` : '' }, signal),
    enabled: !!resource?.list,
    staleTime: 60_000,
    retry: false,
  })
  const options = (data?.rows ?? []).map((row) => {
    const name = String(row.name)
    return { value: name, label: titleOf(row, name, language), title: short(name) }
  })
  if (value && !options.some((o) => o.value === value)) options.unshift({ value, label: title, title: short(value) })
  return (
    <Select
      id={id}
      aria-label={label}
      className="full"
      allowClear
      disabled={disabled}
      value={value || undefined}
      placeholder={t('form.search')}
      loading={isFetching}
      showSearch={{ filterOption: byName ? false : (input, o) => String(o?.label).includes(input), onSearch: setTyped }}
      onChange={(name: string | undefined) => onChange?.(name)}
      options={options}
      optionRender={(o) => <span>{o.label} <small className="dim">{o.data.title}</small></span>}
    />
  )
}

/** The text once it has not changed for a moment. */
export function useSettled(text: string): string {
  const [settled, settle] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => settle(text), 250)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}
