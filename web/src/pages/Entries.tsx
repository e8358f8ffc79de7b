/** The entries of a figure: each names its delivery and opens the check of its journal entry. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Drawer, Flex, Table, Typography } from 'antd'
import { get } from '../contract/client'
import { ProofButton } from '../kit/ProofButton'
import { Reference } from '../kit/Value'
import { Failure, Loading, Nothing } from '../kit/states'
import { day, type Day } from '../labels/format'
import { useTexts } from '../labels/i18n'
import { useAmounts, type Amount, type Figure } from './figures'

interface Entry {
  delivery?: string
  position: string
  organization?: string
  village?: string
  deliveryDate?: Day
  amount: Amount
}

interface Answer {
  entries: Entry[]
  nextPageToken?: string
  total: Amount
}

interface Props {
  campaign: string
  figure: Figure
  confirmed: boolean
  knownAt: string
  onClose: () => void
}

/** A drawer with the entries of a figure, page by page, and their sum. */
export function Entries({ campaign, figure, confirmed, knownAt, onClose }: Props) {
  const { t, language } = useTexts()
  const { amount, name } = useAmounts()
  const { data, error, isPending, isFetchingNextPage, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: ['entries', campaign, figure.indicator, confirmed, knownAt],
    queryFn: ({ pageParam, signal }) => get<Answer>(`/v1/${campaign}/figures/${figure.indicator}/entries`, { confirmed, pageSize: 50, pageToken: pageParam, asKnownAt: knownAt }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextPageToken || undefined,
    refetchOnWindowFocus: false,
  })
  const entries = data?.pages.flatMap((p) => p.entries) ?? []
  const total = amount(figure, data?.pages[0]?.total).join(' ')
  return (
    <Drawer open size="large" title={`${name(figure)} · ${t(confirmed ? 'campaign.confirmed' : 'campaign.recorded')}`} onClose={onClose}>
      {error ? <Failure error={error} retry={() => void refetch()} /> : isPending ? <Loading /> : entries.length === 0 ? <Nothing text={t('figure.none')} /> : (
        <Flex vertical gap="middle">
          <Typography.Text strong>{t('figure.total')}: <span className="number">{total}</span></Typography.Text>
          <Table<Entry>
            size="small" rowKey="position" dataSource={entries} pagination={false} scroll={{ x: 'max-content' }}
            columns={[
              { key: 'delivery', title: t('figure.delivery'), render: (_, e) => e.delivery ? <Reference name={e.delivery} /> : <Typography.Text type="secondary" title={t('figure.withheldHelp')}>{t('figure.withheld')}</Typography.Text> },
              { key: 'date', title: t('figure.date'), render: (_, e) => <span className="nowrap">{day(e.deliveryDate, language)}</span> },
              { key: 'organization', title: t('figure.organization'), render: (_, e) => e.organization && <Reference name={e.organization} /> },
              { key: 'village', title: t('figure.village'), render: (_, e) => e.village && <Reference name={e.village} /> },
              { key: 'amount', title: t('figure.amount'), align: 'right', render: (_, e) => <span className="number">{amount(figure, e.amount).join(' ')}</span> },
              { key: 'proof', title: '', render: (_, e) => <ProofButton log="logs/action" position={e.position} /> },
            ]}
          />
          {hasNextPage && <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t('figure.more')}</Button>}
        </Flex>
      )}
    </Drawer>
  )
}
