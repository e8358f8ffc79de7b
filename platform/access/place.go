package access

import (
	"slices"
	"strings"

	"golang.org/x/text/width"

	"github.com/wancun/wancun/platform/place"
)

const usccLength = 18

// AreaOf returns the division code in a resource name, or a bare code, without the zeros that pad it: both
// `divisions/433124000000` and `433124000000` return `433124`, and `villages/433124001201/needs/x` returns
// `433124001201`. The result is a prefix of the codes of all places in the area. It is empty if there is no code. Only
// a complete code counts, either bare or after the first `villages/` or `divisions/`, so that no other part of a name
// is read as a place.
func AreaOf(name string) string {
	return place.Trim(code(name, place.IsCode, "villages", "divisions"))
}

// OrganizationOf returns the Unified Social Credit Code in a resource name (`organizations/{uscc}`), or a bare code, in
// upper case and half width as the organization service stores it. It is empty if there is none.
func OrganizationOf(name string) string {
	if c := code(name, isUSCC, "organizations"); c != "" || strings.Contains(name, "/") {
		return c
	}
	return code(strings.ToUpper(strings.TrimSpace(width.Narrow.String(name))), isUSCC)
}

// code returns name if it is a bare code. Otherwise it returns the id after the first of the collections in name, if
// that id is a code.
func code(name string, isCode func(string) bool, collections ...string) string {
	id := name
	if strings.Contains(name, "/") {
		id = after(name, collections)
	}
	if isCode(id) {
		return id
	}
	return ""
}

func after(name string, collections []string) string {
	for name != "" {
		var collection, id string
		collection, name, _ = strings.Cut(name, "/")
		id, name, _ = strings.Cut(name, "/")
		if slices.Contains(collections, collection) {
			return id
		}
	}
	return ""
}

// isUSCC checks the form only. The organization service checks the check digit.
func isUSCC(code string) bool {
	if len(code) != usccLength {
		return false
	}
	for i := range len(code) {
		switch c := code[i]; {
		case c >= '0' && c <= '9':
		case c >= 'A' && c <= 'Z' && !strings.ContainsRune("IOSVZ", rune(c)):
		default:
			return false
		}
	}
	return true
}
