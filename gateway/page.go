package gateway

import (
	"bytes"
	_ "embed"
	"html/template"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

//go:embed page.html.tmpl
var pageLayout string

// pages is the template of error pages.
var pages = template.Must(template.New("page").Parse(pageLayout))

// words are the texts of an error page in one language.
type words struct {
	// Title is what happened, Why the possible reasons, and Then what to do, one element for each paragraph.
	Title, Why string
	Then       []string
	// Go is the text of the link to /docs.
	Go string
}

// said contains a page's texts in both languages.
type said struct{ en, zh words }

// wordsOf returns the texts for the reason of an error, or false if errors with this reason have no page.
func wordsOf(reason string) (said, bool) {
	switch reason {
	case "CODE_INVALID":
		return said{
			en: words{
				Title: "This sign-in link no longer works",
				Why: "The link was used already, or its time is over, or the server was started again since, or there is an administrator. " +
					"A link makes the first administrator, once.",
				Then: []string{
					"Do you have an account? Then sign in at /sign-in.",
					"Otherwise ask the person who runs this server for a new link: the command “wancun up” prints one each time it starts, until there is " +
						"an administrator. After that, the command “wancun invite” prints one.",
				},
				Go: "Go to the documentation",
			},
			zh: words{
				Title: "登录链接已失效",
				Why:   "这个链接已经用过，或者已经过期，或者服务在此之后重新启动过，或者已经有了管理员。一个链接只能创建一次首任管理员。",
				Then: []string{
					"如果已有账号，请到 /sign-in 登录。",
					"否则请向管理本服务的人索取新链接：在有管理员之前，命令“wancun up”每次启动时都会打印一个；之后由命令“wancun invite”打印。",
				},
				Go: "前往接口文档",
			},
		}, true
	case "CODE_MALFORMED":
		return said{
			en: words{
				Title: "This sign-in link is not complete",
				Why:   "A part of the link is missing, or characters were added to it.",
				Then:  []string{"Copy the whole link that “wancun up” printed, and open it again. It has not been used up by this."},
				Go:    "Go to the documentation",
			},
			zh: words{
				Title: "登录链接不完整",
				Why:   "链接缺少了一部分，或者多出了字符。",
				Then:  []string{"请完整复制“wancun up”打印的链接，再打开一次。刚才的操作没有用掉它。"},
				Go:    "前往接口文档",
			},
		}, true
	case "UNKNOWN_PATH":
		return said{
			en: words{
				Title: "There is nothing at this address", Why: "The address may be mistyped.",
				Then: []string{"The documentation lists what there is."}, Go: "Go to the documentation",
			},
			zh: words{
				Title: "这个地址没有内容", Why: "地址可能有误。",
				Then: []string{"接口文档列出了本服务提供的内容。"}, Go: "前往接口文档",
			},
		}, true
	}
	return wordsOfAccount(reason)
}

// answer writes an error: as a page if its reason has one and the client is a browser, otherwise as a problem.
func (p problemWriter) answer(w http.ResponseWriter, r *http.Request, out problem) {
	both, ok := wordsOf(out.Reason)
	if !ok {
		p.send(w, r, out)
		return
	}
	w.Header().Add("Vary", "Accept, Accept-Language")
	if !wantsPage(r.Header.Get("Accept")) {
		p.send(w, r, out)
		return
	}
	tag, text := "en", both.en
	if inChinese(r) {
		tag, text = "zh-CN", both.zh
	}
	var page bytes.Buffer
	if err := pages.Execute(&page, struct {
		words
		Tag    string
		Status int
	}{text, tag, out.Status}); err != nil {
		p.logger.ErrorContext(r.Context(), "page failed", "error", err)
		p.send(w, r, out)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", tag)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(page.Len()))
	w.WriteHeader(out.Status)
	_, _ = w.Write(page.Bytes()) // an error means that the client has disconnected
}

// wantsPage reports whether an Accept header contains HTML and does not prefer JSON, as in requests of browsers. A
// program that accepts everything receives a problem.
func wantsPage(accept string) bool {
	var html, json float64
	for part := range strings.SplitSeq(accept, ",") {
		kind, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, given := parameters["q"]; given {
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		switch kind {
		case "text/html", "application/xhtml+xml":
			html = max(html, weight)
		case "application/json", "application/problem+json":
			json = max(json, weight)
		}
	}
	return html > 0 && html >= json
}
