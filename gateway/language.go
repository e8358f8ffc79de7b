package gateway

import (
	"net/http"

	"golang.org/x/text/language"
)

// languages matches the languages of the gateway's texts. The first is the default.
var languages = language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese})

// inChinese reports whether the client's Accept-Language prefers Chinese of any region and script.
func inChinese(r *http.Request) bool {
	_, at := language.MatchStrings(languages, r.Header.Get("Accept-Language"))
	return at == 1
}
