// Package figure says what a campaign's figures are: what facts make of an indicator, and how that compares with what was stated.
// It is pure: it reads no clock and no database.
//
// What may be relied on:
//
//   - One formula of each indicator selects what counts. Bulletins and drill-downs both take it, so that a figure and its entries
//     cannot disagree.
//   - Cash, goods and services are never added into a figure that a reader could take for one of them. Only
//     ItemisedShare and AgreementOf, whose results are no amounts, look at the sum of the three.
//   - A qualifier is part of a figure. Plus keeps the weaker of two promises, and AgreementOf reads a qualifier as Chinese
//     official usage does.
package figure
