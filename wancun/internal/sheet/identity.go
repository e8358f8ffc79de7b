package sheet

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/wancun/wancun/platform/day"
)

// identity derives a UUID (version 5) from its parts. No part contains a NUL.
func identity(parts ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("wancun/sheet\x00"+strings.Join(parts, "\x00"))).String()
}

// requestID identifies the request of this sheet with these defaults, so that the service recognizes a repetition.
func (c *conversion) requestID() string {
	if c.defaults.ValidateOnly {
		return "" // a check writes nothing, so it may be repeated
	}
	d := c.defaults
	return identity("request", hex.EncodeToString(c.sheet.digest[:]), d.Campaign, d.Edition, fmt.Sprint(d.Complete),
		day.Number(d.AsOf).String(), d.Completeness.String(), d.Source)
}

// rowID identifies a row below its parent: by its key if it has one, otherwise by its content. Rows with the same
// content are distinguished by their order. So a corrected row gets a new id, and adding, removing or moving rows does
// not change the ids of the others.
func (r *row) rowID(parent string) string {
	c := r.conversion
	kind := string(c.sheet.layout.kind)
	if key := r.text("key"); key != "" {
		r.onlyOnce("key", parent+"\x00"+key)
		return identity(kind, parent, "key", key)
	}
	parts := []string{kind, parent, "content"}
	for _, column := range c.sheet.layout.columns {
		if cell := r.text(column.name); cell != "" {
			parts = append(parts, column.name+"="+cell)
		}
	}
	content := strings.Join(parts, "\x00")
	c.occurrences[content]++
	return identity(content, fmt.Sprint(c.occurrences[content]))
}
