/**
 * What the console adds to the contract for some resources: the columns that a list begins with, texts that are chosen
 * from the catalogue of another resource, and lists that belong to a record. A resource without a declaration is shown
 * from the contract alone.
 */

/** Choices are the items of a list in other resources: a delivery's `action` is one of the `actions` of its campaign. */
export interface Choices {
  /** The collection whose rows have the list. */
  collection: string
  /** The field of those rows. Its items have an `id`, a `displayName` and a `displayNameEn`. */
  list: string
  /** Whether an item can be chosen in a form. All items are shown by their names. */
  only?: (item: Record<string, unknown>) => boolean
}

export interface Declaration {
  /** The columns of a list, by the fields' names. */
  columns?: string[]
  choices?: Record<string, Choices>
  /** Lists of the record's page: a collection, and the field by which it names the record. */
  related?: { collection: string; by: string }[]
}

const actions: Choices = { collection: 'campaigns', list: 'actions' }
const indicators: Choices = { collection: 'campaigns', list: 'indicators' }
const named: Choices = { ...indicators, only: (i) => !!(i.formula as { named?: boolean } | undefined)?.named }
const categories: Choices = { collection: 'campaigns', list: 'needCategories' }

/** The declarations by the id of the collection. */
export const declarations: Record<string, Declaration> = {
  campaigns: { columns: ['displayName', 'issuer', 'startDate', 'endDate'], related: [{ collection: 'campaigns/-/deliveries', by: 'campaign' }] },
  deliveries: {
    columns: ['deliveryDate', 'organization', 'village', 'indicator', 'quantity', 'valueFen', 'measure', 'state'],
    choices: { action: actions, indicator: named },
  },
  needs: { columns: ['village', 'category', 'quantity', 'unit', 'surveyDate', 'state'], choices: { category: categories } },
  organizations: { related: [{ collection: 'campaigns/-/deliveries', by: 'organization' }] },
  statements: { choices: { indicator: indicators } },
  villages: { related: [{ collection: 'campaigns/-/deliveries', by: 'village' }, { collection: 'villages/-/needs', by: 'village' }] },
}

/** The declaration of a resource, empty if it has none. */
export function declarationOf(id: string): Declaration {
  return declarations[id] ?? {}
}
