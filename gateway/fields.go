package gateway

import (
	"net/http"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// locate says where in the HTTP request a violated field stands: `requests[12].need.quantity` becomes the pointer
// /requests/12/need/quantity, less the part that the body replaces.
func (r *routes) locate(method string, v *errdetails.BadRequest_FieldViolation) field {
	out := field{Detail: v.GetDescription(), Reason: v.GetReason()}
	o, known := r.methods[method]
	if !known || v.GetField() == "" {
		out.Parameter = v.GetField()
		return out
	}
	names := jsonNames(o.request, v.GetField())
	if !o.inBody(v.GetField()) {
		out.Parameter = parameter(names)
		return out
	}
	if o.body != "*" {
		names = names[1:]
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, n := range names {
		out.Pointer += "/" + escape.Replace(n)
	}
	return out
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

// admitted refuses what the runtime would take for something else: a path that ends in a custom method which there is not,
// or not for this verb, for the name of a resource; and a query parameter that the RPC does not read for none at all, so
// that a filter misspelled lists everything, and a validateOnly in the wrong place writes.
func (p problemWriter) admitted(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		for _, name := range path {
			if strings.Contains(name, ":") {
				p.notHere(w, r)
				return
			}
		}
		if r.URL.RawQuery != "" {
			if unknown := p.routes.unknown(r); len(unknown) > 0 {
				p.send(w, problem{
					Status: http.StatusBadRequest, Code: codes.InvalidArgument.String(), Reason: "UNKNOWN_PARAMETER",
					Detail: "there is no query parameter " + unknown[0].Parameter, Instance: r.URL.Path, Errors: unknown,
				})
				return
			}
		}
		next(w, r, path)
	}
}

func (r *routes) unknown(q *http.Request) []field {
	matched, _ := runtime.HTTPPattern(q.Context())
	o := r.rules[q.Method+" "+matched.String()]
	var out []field
	for name := range q.URL.Query() {
		if !o.reads(name) {
			out = append(out, field{Parameter: name, Detail: "is not a query parameter of this path", Reason: "UNKNOWN_PARAMETER"})
		}
	}
	slices.SortFunc(out, func(a, b field) int { return strings.Compare(a.Parameter, b.Parameter) })
	return out
}

// reads says whether a query parameter reaches a field of the request; it may be named as in the proto or as in JSON.
func (o origin) reads(parameter string) bool {
	d := o.request
	var names []string
	for name := range strings.SplitSeq(parameter, ".") {
		if d == nil {
			return false
		}
		f := d.Fields().ByName(protoreflect.Name(name))
		if f == nil {
			f = d.Fields().ByJSONName(name)
		}
		if f == nil {
			return false
		}
		names = append(names, string(f.Name()))
		d = f.Message()
	}
	path := strings.Join(names, ".")
	return !slices.Contains(o.path, path) && !o.inBody(path)
}
