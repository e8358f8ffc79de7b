// Package bulletin publishes a campaign's figures: it reads them in one snapshot, renders them as text, HTML and JSON in
// Chinese and English, and follows a figure down to its entries.
//
// What may be relied on: everything in one answer holds as of the same generation, positions and checkpoints, which the
// answer names. A page shows every indicator, what was stated with its qualifier beside what is recorded and confirmed;
// it never leaves out the split of a mixed figure, nor the note on made-up entries.
//
// The way from a figure to a page: a Bulletin (the contract's message) becomes a sheet (words in one language, nothing to
// compute), and the sheet becomes text or HTML. Whatever is to be said is decided in the sheet, so that the two forms
// cannot say different things.
package bulletin
