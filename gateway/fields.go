package gateway

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/label"
)

// locate converts a field violation to the corresponding part of the HTTP request. If the body is one field of the
// request, the pointer is relative to that field: `requests[12].need.quantity` becomes /requests/12/need/quantity.
func (r *routes) locate(method string, v fault.Violation) field {
	out := field{Detail: v.Description, Reason: v.Reason, Count: v.Count, chinese: v.Chinese}
	if o, known := r.methods[method]; known {
		out.call(label.At(o.request, v.Field))
	}
	for _, r := range v.Rows {
		out.Rows = append(out.Rows, rows{r.First, r.Last})
	}
	names, inBody := r.written(method, v.Field)
	if inBody {
		out.Pointer = pointer(names)
	} else {
		out.Parameter = parameter(names)
	}
	return out
}

// written returns the names of a proto field in the HTTP request, and whether the field is in the body.
func (r *routes) written(method, path string) (names []string, inBody bool) {
	o, known := r.methods[method]
	switch {
	case path == "":
		return nil, false
	case !known:
		return []string{path}, false
	}
	names = jsonNames(o.request, path)
	if !o.inBody(path) {
		return names, false
	}
	if o.body != "*" {
		names = names[1:]
	}
	return names, true
}

// respell formats a sentence about a proto field with say, which uses the field's name in the HTTP request.
func respell(field, detail string, say func(string) string) string {
	rest, about := strings.CutPrefix(detail, field+": ")
	if !about || field == "" {
		return detail
	}
	return say(rest)
}

// call sets the label of a field.
func (f *field) call(w label.Words) { f.Label, f.labelChinese = w.En, w.Zh }

// name returns the name of the field in the HTTP request; empty for the whole body.
func (f field) name() string { return cmp.Or(f.Parameter, parameter(names(f.Pointer))) }

// say returns a sentence about the field. It begins with the name, which in English is similar to the label.
func (f field) say(detail string) string { return sentence(f.name(), detail) }

// sayChinese returns a sentence about the field that begins with its label: 数量（quantity）：不能为空.
func (f field) sayChinese(detail string) string {
	if f.name() == "" || f.labelChinese == "" || detail == "" {
		return f.say(detail)
	}
	return f.labelChinese + "（" + f.name() + "）：" + detail
}

// pointer returns the JSON pointer (RFC 6901) for a list of names.
func pointer(names []string) string {
	var out string
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, n := range names {
		out += "/" + escape.Replace(n)
	}
	return out
}

// names returns the names in a JSON pointer.
func names(pointer string) []string {
	if pointer == "" {
		return nil
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	all := strings.Split(pointer[1:], "/")
	for i, n := range all {
		all[i] = unescape.Replace(n)
	}
	return all
}

// parameter returns the name of a field in a query: organization.name, or atLeast[1] for the second of several.
func parameter(names []string) string {
	var b strings.Builder
	for i, n := range names {
		switch {
		case n != "" && strings.Trim(n, "0123456789") == "":
			b.WriteString("[" + n + "]")
		case i > 0:
			b.WriteString("." + n)
		default:
			b.WriteString(n)
		}
	}
	return b.String()
}

// inBody reports whether a field of the request comes from the body. A field in the path does not, even if its message
// does.
func (o origin) inBody(path string) bool {
	if slices.Contains(o.path, path) {
		return false
	}
	first, _, _ := strings.Cut(path, ".")
	first, _, _ = strings.Cut(first, "[")
	return o.body == "*" || o.body != "" && first == o.body
}

// jsonNames converts a proto path to JSON names. An index becomes a separate name.
func jsonNames(d protoreflect.MessageDescriptor, path string) []string {
	var names []string
	for part := range strings.SplitSeq(path, ".") {
		name, index, indexed := strings.Cut(part, "[")
		var f protoreflect.FieldDescriptor
		if d != nil {
			f = d.Fields().ByName(protoreflect.Name(name))
		}
		d = nil
		if f != nil {
			name, d = f.JSONName(), f.Message()
		}
		names = append(names, name)
		if indexed {
			names = append(names, strings.TrimSuffix(index, "]"))
		}
	}
	return names
}
