package gateway

import (
	"net/http"

	"golang.org/x/text/language"
)

// languages are those in which people read what the gateway says. The first is for those who prefer none of them.
var languages = language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese})

// inChinese reports whether the client prefers Chinese, of whatever region and script, by its Accept-Language.
func inChinese(r *http.Request) bool {
	_, at := language.MatchStrings(languages, r.Header.Get("Accept-Language"))
	return at == 1
}
