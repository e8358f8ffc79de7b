package main

import "fmt"

// Length returns the hand-written files that are longer than the limit.
func Length(t *Tree, m Map) []Finding {
	var found []Finding
	for _, s := range t.Sources {
		if !s.Generated && s.Lines > m.MaxLines {
			found = append(found, Finding{File: s.Path, Text: fmt.Sprintf(
				"%d lines, the limit is %d: it most likely holds two things that want two files", s.Lines, m.MaxLines)})
		}
	}
	sortFindings(found)
	return found
}
