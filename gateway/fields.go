package gateway

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/label"
)

// locate says where in the HTTP request a violated field stands: `requests[12].need.quantity` becomes the pointer
// /requests/12/need/quantity, less the part that the body replaces.
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

// written is how the HTTP request names a field of the proto, and whether that is in the body.
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

// respell is a sentence about a field of the proto as say begins it, which knows how the HTTP request names the field.
func respell(field, detail string, say func(string) string) string {
	rest, about := strings.CutPrefix(detail, field+": ")
	if !about || field == "" {
		return detail
	}
	return say(rest)
}

// call gives a field at fault the label that people know it by.
func (f *field) call(w label.Words) { f.Label, f.labelChinese = w.En, w.Zh }

// name is how the HTTP request names the field; empty for the body as a whole.
func (f field) name() string { return cmp.Or(f.Parameter, parameter(names(f.Pointer))) }

// say is a sentence about the field. In English its name is its label in other letters, so the name is enough.
func (f field) say(detail string) string { return sentence(f.name(), detail) }

// sayChinese is a sentence about the field that begins with its label: 数量（quantity）：不能为空.
func (f field) sayChinese(detail string) string {
	if f.name() == "" || f.labelChinese == "" || detail == "" {
		return f.say(detail)
	}
	return f.labelChinese + "（" + f.name() + "）：" + detail
}

// pointer is a JSON pointer (RFC 6901).
func pointer(names []string) string {
	var out string
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, n := range names {
		out += "/" + escape.Replace(n)
	}
	return out
}

// names are those of which a JSON pointer is made.
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

// parameter is how a query calls a field: organization.name, or atLeast[1] for the second of several.
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

// inBody says whether a field of the request comes from the body. What the path names does not, even if its message does.
func (o origin) inBody(path string) bool {
	if slices.Contains(o.path, path) {
		return false
	}
	first, _, _ := strings.Cut(path, ".")
	first, _, _ = strings.Cut(first, "[")
	return o.body == "*" || o.body != "" && first == o.body
}

// jsonNames translates a proto path into the names that JSON uses, an index as a name of its own.
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
