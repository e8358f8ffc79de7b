// Package bulletin publishes the figures of a campaign. It reads them in one snapshot, renders them as text, HTML and
// JSON in Chinese and English, and lists the entries behind a figure.
//
// Guarantees: everything in one response reflects the same generation, positions and checkpoints, which the response
// names. A page shows every indicator, with the stated figure and its qualifier beside the recorded and the confirmed
// figure. It always shows the split of a mixed figure and the note on made-up entries.
//
// A Bulletin (the proto message) is first converted to a sheet, which contains the final texts in one language. The
// sheet is then rendered as text or as HTML. Because all wording is decided in the sheet, the two formats cannot differ
// in content.
package bulletin
