// Package figure says what a campaign's figures are: which deliveries make up an indicator, what they add up to, and how
// that stands to what was stated. It is pure: it reads no clock and no database.
//
// What may be relied on:
//
//   - One function, SlicesOf, decides which figures a delivery belongs to. Counters, rebuilds, drill-downs and bulletins
//     all go through it, so that a figure and its entries cannot disagree about what counts.
//   - Cash, goods and services are never added into a figure that a reader could take for one of them. Only
//     ItemisedShare and AgreementOf, whose results are no amounts, look at the sum of the three.
//   - A qualifier is part of a figure. Plus keeps the weaker of two promises, and AgreementOf reads a qualifier as Chinese
//     official usage does.
package figure
