package gateway

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"strconv"

	"google.golang.org/grpc/codes"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/label"
)

//go:embed form.html.tmpl
var formLayout string

// forms is the template of the pages with a sign-in name and a password.
var forms = template.Must(template.New("form").Parse(formLayout))

// formPolicy is strictPolicy for a page whose form sends to this server.
const formPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// formWords are the texts of a form in one language.
type formWords struct {
	// Title and Why are the heading and the text below it; Person, Name and Password label the fields, of which a page
	// without Person has two; Send is on the button.
	Title, Why, Person, Name, Password, Send string
	// Help says what to do if the form does not help.
	Help string
	// Fill is what a browser offers for the password.
	Fill string
}

// form is what a page shows.
type form struct {
	Words formWords
	Tag   string
	// Refused says why the last attempt was refused, empty for the first.
	Refused string
	// Person is the name of the person, and Name the sign-in name, as the person typed them.
	Person, Name string
	// ReturnTo is the path that the person wanted to see.
	ReturnTo string
}

// show writes a form with the status of the refusal, 200 without one.
func (f form) show(p problemWriter, w http.ResponseWriter, r *http.Request, status int) {
	var page bytes.Buffer
	if err := forms.Execute(&page, f); err != nil {
		p.write(w, r, fault.Status(err), "")
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Language")
	h.Set("Content-Language", f.Tag)
	h.Set("Content-Security-Policy", formPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(page.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // an error means that the client has disconnected
}

// refusal returns the text for an error that the person can correct, in the language of the page, and its status. It
// returns false for another error.
func refusal(err error, chinese bool) (text string, status int, wait int, ok bool) {
	f, known := fault.From(err)
	if !known {
		return "", 0, 0, false
	}
	switch f.Code() { //nolint:exhaustive // the person cannot correct any other error
	case codes.InvalidArgument, codes.AlreadyExists:
		status = http.StatusUnprocessableEntity
	case codes.Unauthenticated:
		status = http.StatusUnauthorized
	case codes.ResourceExhausted:
		status = http.StatusTooManyRequests
	default:
		return "", 0, 0, false
	}
	text = f.Message()
	if chinese && f.Chinese() != "" {
		text = f.Chinese()
	}
	return text, status, int(f.RetryAfter().Seconds()), true
}

// signInForm returns the empty page of sign-in.
func signInForm(r *http.Request) form {
	if inChinese(r) {
		return form{Tag: "zh-CN", Words: formWords{
			Title: "登录", Why: "万村：动员社会组织帮扶贫困村。", Name: "登录名", Password: "密码", Send: "登录",
			Help: "还没有账号，或忘记了密码？请向您的上级经办人员索取邀请链接。", Fill: "current-password",
		}}
	}
	return form{Tag: "en", Words: formWords{
		Title: "Sign in", Why: "Wancun mobilises social organizations for poor villages.", Name: "Sign-in name", Password: "Password", Send: "Sign in",
		Help: "No account yet, or the password is lost? Ask the office that you report to for an invitation.", Fill: "current-password",
	}}
}

// invitationForm returns the empty page of an invitation.
func invitationForm(r *http.Request, i *orgv1.ReadInvitationResponse) form {
	given := i.GetGrant().GetRole()
	role := label.Value(given.Descriptor().Values().ByNumber(given.Number()))
	if inChinese(r) {
		return form{Tag: "zh-CN", Person: i.GetDisplayName(), Words: formWords{
			Title: "欢迎，" + i.GetDisplayName(), Why: "您受邀担任：" + role.Zh + place(i, "，区划 ") + "。请选择登录名和密码。",
			Person: "姓名", Name: "登录名（3 至 40 个字母、数字，以字母开头）", Password: "密码（至少 10 个字符，可用几个词语）", Send: "创建账号",
			Help: "此链接只能使用一次。", Fill: "new-password",
		}}
	}
	return form{Tag: "en", Person: i.GetDisplayName(), Words: formWords{
		Title: "Welcome, " + i.GetDisplayName(), Why: "You are invited as: " + role.En + place(i, ", division ") + ". Choose a sign-in name and a password.",
		Person: "Your name", Name: "Sign-in name (3 to 40 letters and digits, beginning with a letter)", Password: "Password (at least 10 characters, such as several words)",
		Send: "Create the account", Help: "This link works once.", Fill: "new-password",
	}}
}

// place returns the area of the role after a text, "" for everywhere.
func place(i *orgv1.ReadInvitationResponse, before string) string {
	if i.GetGrant().GetArea() == "" {
		return ""
	}
	return before + i.GetGrant().GetArea()
}
