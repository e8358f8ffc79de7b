// Package figure defines the figures of a campaign: how the figure of an indicator is computed from facts, and how it
// compares with what was stated. It is pure: it uses neither a clock nor a database.
//
// Guarantees:
//
//   - The formula of each indicator selects what counts. Bulletins and lists of entries both use it, so that a
//     figure and its entries always agree.
//   - Cash, goods and services are never added into a figure that a reader could mistake for one of them. Only
//     ItemisedShare and AgreementOf, whose results are not amounts, use the sum of the three.
//   - A qualifier is part of a figure. Plus keeps the weaker of two qualifiers, and AgreementOf interprets a
//     qualifier as in official Chinese usage.
package figure
