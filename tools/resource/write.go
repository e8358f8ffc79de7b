package main

import (
	"embed"
	"fmt"
	"go/format"
	"path"
	"strconv"
	"strings"
	"text/template"
	"time"
)

//go:embed templates/*.tmpl
var files embed.FS

// write adds the files of the resource and its lines in existing files.
func (r *resource) write(t *tree, now time.Time) error {
	texts, err := template.New("").Funcs(template.FuncMap{"a": article, "title": title}).ParseFS(files, "templates/*.tmpl")
	if err != nil {
		return fmt.Errorf("parse the templates: %w", err)
	}
	room := "services/" + r.Service + "/internal/" + r.Package() + "/"
	migration := "services/" + r.Service + "/migrations/" + now.UTC().Format("20060102150405") + "_" + r.SnakePlural() + ".sql"
	fresh := map[string]string{
		"proto/wancun/" + r.Service + "/v1/" + r.Snake() + ".proto": "resource.proto",
		room + "doc.go":                    "doc.go",
		room + "kind.go":                   "kind.go",
		room + "rules.go":                  "rules.go",
		room + "rules_test.go":             "rules_test.go",
		room + "rpc.go":                    "rpc.go",
		migration:                          "migration.sql",
		"tests/world/" + r.Snake() + ".go": "sample.go",
		"tests/access/expectations/" + r.Snake() + ".csv": "access.csv",
	}
	if r.End != nil {
		fresh["tests/e2e/states/"+r.Snake()+".csv"] = "states.csv"
	}
	for file, name := range fresh {
		text, err := r.text(texts, name)
		if err != nil {
			return err
		}
		if err := t.create(file, text); err != nil {
			return err
		}
	}
	return r.register(t, texts)
}

// text executes a template.
func (r *resource) text(texts *template.Template, name string) (string, error) {
	var out strings.Builder
	if err := texts.ExecuteTemplate(&out, name+".tmpl", r); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	if path.Ext(name) != ".go" {
		return out.String(), nil
	}
	formatted, err := format.Source([]byte(out.String()))
	if err != nil {
		return "", fmt.Errorf("format %s: %w", name, err)
	}
	return string(formatted), nil
}

// register adds the lines of the resource in existing files.
func (r *resource) register(t *tree, texts *template.Template) error {
	rules, err := r.text(texts, "rule.proto")
	if err != nil {
		return err
	}
	references, err := r.text(texts, "references.csv")
	if err != nil {
		return err
	}
	service, client := "services/"+r.Service+"/service.go", strings.ToUpper(r.Service[:1])+r.Service[1:]
	for _, add := range []func() error{
		func() error { return t.insert(constraints, "}\n", rules) },
		func() error {
			return t.insertAfter(service, `"github.com/wancun/wancun/services/`+r.Service+`/internal/`,
				"\t\"github.com/wancun/wancun/services/"+r.Service+"/internal/"+r.Package()+`"`)
		},
		func() error { return r.addRoom(t, service) },
		func() error {
			return translate(t, "must contain a letter or a Chinese character", "须含有字母或汉字")
		},
		func() error {
			return t.insertAfter("gateway/gateway.go", "Client(d."+client+")),", fmt.Sprintf(
				"\t\t%[1]sv1.Register%[2]sServiceHandlerClient(ctx, mux, %[1]sv1.New%[2]sServiceClient(d.%[3]s)),", r.Service, r.Name, client))
		},
		func() error {
			return t.insert("tests/world/requests.go", "\n\t}\n}\n\n// Requests returns", " "+r.Lower()+"Sample(),")
		},
		func() error {
			return t.insertAfter("tests/contract/references.csv", "\nwancun."+r.Service+".v1.", strings.TrimSpace(references))
		},
		func() error {
			return t.insert("CONTRIBUTING.md", "\n## An import of many rows", "| "+r.Lower()+" | none | decide whether another person than its authors must answer for it |\n")
		},
	} {
		if err := add(); err != nil {
			return err
		}
	}
	return t.format(service, "gateway/gateway.go", "tests/world/requests.go", catalogue)
}

// format formats Go files that changed, which also sorts their imports.
func (t *tree) format(files ...string) error {
	for _, file := range files {
		formatted, err := format.Source([]byte(t.changed[file]))
		if err != nil {
			return fmt.Errorf("format %s: %w", file, err)
		}
		t.changed[file] = string(formatted)
	}
	return nil
}

// catalogue has the Chinese texts of errors.
const catalogue = "platform/fault/chinese.go"

// translate adds the Chinese text of an error to the catalogue unless it is there.
func translate(t *tree, english, chinese string) error {
	text, err := t.read(catalogue)
	if err != nil || strings.Contains(text, strconv.Quote(english)) {
		t.changed[catalogue] = text
		return err
	}
	return t.insertAfter(catalogue, "\t\"must be ", fmt.Sprintf("\t%q: %q,", english, chinese))
}

// addRoom adds the room to those of the service, as the last.
func (r *resource) addRoom(t *tree, service string) error {
	text, err := t.read(service)
	if err != nil {
		return err
	}
	_, rooms, found := strings.Cut(text, "[]resource.Room{")
	depth, end := 1, 0
	for ; found && depth > 0 && end < len(rooms); end++ {
		switch rooms[end] {
		case '{':
			depth++
		case '}':
			depth--
		}
	}
	if depth != 0 || !found {
		return fmt.Errorf("%s has no list of rooms: add %s.Room() by hand", service, r.Package())
	}
	before := strings.TrimRight(rooms[:end-1], " \t\n")
	line := ", " + r.Package() + ".Room()"
	if strings.HasSuffix(before, ",") { // a room on each line
		line = "\n\t\t" + r.Package() + ".Room(),"
	}
	head := text[:strings.Index(text, "[]resource.Room{")+len("[]resource.Room{")]
	t.changed[service] = head + before + line + rooms[len(before):]
	return nil
}
