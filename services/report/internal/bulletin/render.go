package bulletin

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/encoding/protojson"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/pdf"
)

//go:embed bulletin.html.tmpl
var layout string

// renderer renders bulletins as pages.
type renderer struct {
	html    *template.Template
	printer *pdf.Printer
	public  string // the address at which people reach the suite; empty: unknown
}

func newRenderer(public, font string) (renderer, error) {
	t, err := template.New("bulletin").Parse(layout)
	if err != nil {
		return renderer{}, fmt.Errorf("read layout of the bulletin: %w", err)
	}
	if to, err := url.Parse(public); public != "" && (err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http") {
		return renderer{}, fmt.Errorf("the public address %q is not of the form https://wancun.example", public)
	}
	p, err := pdf.New(font)
	return renderer{html: t, printer: p, public: public}, err
}

// render returns the page that a request asks for. If language and format are unspecified, it is Chinese text. Equal
// bulletins give equal bytes.
func (r renderer) render(ctx context.Context, b *reportv1.Bulletin, of *reportv1.RenderBulletinRequest) (*httpbody.HttpBody, error) {
	var kind string
	var data []byte
	var err error
	switch of.GetFormat() {
	case reportv1.RenderBulletinRequest_JSON:
		kind = "application/json"
		data, err = stableJSON(b)
	case reportv1.RenderBulletinRequest_HTML:
		kind = "text/html; charset=utf-8"
		data, err = r.page(b, of, "")
	case reportv1.RenderBulletinRequest_PDF:
		kind = "application/pdf"
		if data, err = r.page(b, of, pdf.FontFile); err == nil {
			data, err = r.printer.Print(ctx, data, wordsIn(of.GetLanguage()).Tag)
		}
	default:
		kind = "text/plain; charset=utf-8"
		data = newSheet(b, of.GetLanguage()).text()
	}
	return &httpbody.HttpBody{ContentType: kind, Data: data}, err
}

// page returns the page in HTML. With a font it is for the printer.
func (r renderer) page(b *reportv1.Bulletin, of *reportv1.RenderBulletinRequest, font string) ([]byte, error) {
	s := newSheet(b, of.GetLanguage())
	s.Font = font
	if r.public != "" {
		var err error
		if s.QR, err = newCode(address(r.public, b.GetName(), of.GetAsKnownAt(), of.GetLanguage())); err != nil {
			return nil, err
		}
	}
	var page bytes.Buffer
	if err := r.html.Execute(&page, s); err != nil {
		return nil, fmt.Errorf("render bulletin: %w", err)
	}
	return page.Bytes(), nil
}

// stableJSON indents the JSON of a message with encoding/json, because protojson randomizes its white space.
func stableJSON(b *reportv1.Bulletin) ([]byte, error) {
	raw, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("render bulletin: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("render bulletin: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
