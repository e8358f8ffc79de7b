package bulletin

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/encoding/protojson"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

//go:embed bulletin.html.tmpl
var layout string

// renderer renders bulletins as pages.
type renderer struct {
	html *template.Template
}

func newRenderer() (renderer, error) {
	t, err := template.New("bulletin").Parse(layout)
	if err != nil {
		return renderer{}, fmt.Errorf("read layout of the bulletin: %w", err)
	}
	return renderer{html: t}, nil
}

// render returns the page in a language and format. If they are unspecified, it is Chinese text. Equal bulletins give
// equal bytes.
func (r renderer) render(b *reportv1.Bulletin, l reportv1.RenderBulletinRequest_Language, f reportv1.RenderBulletinRequest_Format) (*httpbody.HttpBody, error) {
	switch f {
	case reportv1.RenderBulletinRequest_JSON:
		data, err := stableJSON(b)
		return &httpbody.HttpBody{ContentType: "application/json", Data: data}, err
	case reportv1.RenderBulletinRequest_HTML:
		var page bytes.Buffer
		if err := r.html.Execute(&page, newSheet(b, l)); err != nil {
			return nil, fmt.Errorf("render bulletin: %w", err)
		}
		return &httpbody.HttpBody{ContentType: "text/html; charset=utf-8", Data: page.Bytes()}, nil
	default:
		return &httpbody.HttpBody{ContentType: "text/plain; charset=utf-8", Data: newSheet(b, l).text()}, nil
	}
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
