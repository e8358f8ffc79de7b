package gateway

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/wancun/wancun/platform/label"
)

// admitted refuses requests that the runtime would misinterpret:
//
//   - A path that ends in a custom method that does not exist, or not for this verb. The runtime would use the last part
//     of the path as the name of a resource.
//   - A query parameter that the RPC does not have. The runtime would ignore it, so that a misspelled filter lists
//     everything, and a misplaced validateOnly writes.
//   - A parameter that cannot be parsed. The runtime would name only the first one, with the message of its parser.
//   - A body that the RPC does not read or that contradicts the path. The runtime would ignore the body's value.
func (p problemWriter) admitted(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		for _, name := range path {
			if strings.Contains(name, ":") {
				p.notHere(w, r)
				return
			}
		}
		o := p.routes.of(r)
		if !p.fits(w, r, o, path) {
			return
		}
		if r.URL.RawQuery != "" {
			query, err := url.ParseQuery(r.URL.RawQuery)
			if err != nil {
				p.refuse(w, r, reasonMalformed, "the query cannot be read: separate parameters by &, and write a semicolon as %3B", nil)
				return
			}
			if unknown := o.unknown(query); len(unknown) > 0 {
				p.refuse(w, r, "UNKNOWN_PARAMETER", "there is no query parameter "+unknown[0].Parameter, unknown)
				return
			}
			if wrong := o.misread(query); len(wrong) > 0 {
				p.refuse(w, r, reasonMalformed, wrong[0].say(wrong[0].Detail), wrong)
				return
			}
			r = o.maskAsProto(r, query)
		}
		next(w, r, path)
	}
}

func (p problemWriter) refuse(w http.ResponseWriter, r *http.Request, reason, detail string, wrong []field) {
	p.send(w, r, problem{
		Status: http.StatusBadRequest, Code: codes.InvalidArgument.String(), Reason: reason, Detail: detail,
		Instance: r.URL.Path, Errors: wrong, chinese: firstOf(wrong),
	})
}

// unknown returns the parameters that do not set a field of the request.
func (o origin) unknown(query url.Values) []field {
	var out []field
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if path, _ := o.fieldOf(name); path == "" || slices.Contains(o.path, path) || o.inBody(path) {
			out = append(out, field{Parameter: name, Detail: "is not a query parameter of this path", Reason: "UNKNOWN_PARAMETER"})
		}
	}
	return out
}

// misread returns the known parameters that are given twice or have a value of the wrong type.
func (o origin) misread(query url.Values) []field {
	var out []field
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		path, f := o.fieldOf(name)
		at := field{Parameter: parameter(jsonNames(o.request, path))}
		at.call(label.Field(f))
		switch {
		case seen[path], !f.IsList() && len(query[name]) > 1:
			at.Detail, at.Reason = "is given more than once", "DUPLICATE_PARAMETER"
			out = append(out, at)
		case slices.ContainsFunc(query[name], func(v string) bool { return !o.readable(path, f, v) }):
			out = append(out, wrongType(at, f, true))
		}
		seen[path] = true
	}
	return out
}

// readable reports whether the runtime can parse the value.
func (o origin) readable(path string, f protoreflect.FieldDescriptor, value string) bool {
	if f.Kind() == protoreflect.StringKind {
		return true
	}
	request, err := protoregistry.GlobalTypes.FindMessageByName(o.request.FullName())
	return err == nil && runtime.PopulateFieldFromPath(request.New().Interface(), path, value) == nil
}

// fieldOf returns the path, in proto spelling, and the field of a parameter, which may have the proto or the JSON
// spelling. The path is "" if there is no such field.
func (o origin) fieldOf(parameter string) (string, protoreflect.FieldDescriptor) {
	return fieldNamed(o.request, parameter)
}

// fieldNamed finds a field in a message by a path in either spelling, and returns the path in proto spelling.
func fieldNamed(d protoreflect.MessageDescriptor, path string) (string, protoreflect.FieldDescriptor) {
	var names []string
	var f protoreflect.FieldDescriptor
	for name := range strings.SplitSeq(path, ".") {
		if d == nil {
			return "", nil
		}
		if f = eitherName(d, name); f == nil {
			return "", nil
		}
		names = append(names, string(f.Name()))
		d = f.Message()
	}
	return strings.Join(names, "."), f
}

func eitherName(d protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if f := d.Fields().ByName(protoreflect.Name(name)); f != nil {
		return f
	}
	return d.Fields().ByJSONName(name)
}

// maskAsProto converts the paths of a field mask to proto spelling, which the services expect. All other names in the
// API have JSON spelling, and so does a mask in JSON, but the runtime does not convert query parameters. Unknown fields
// are not converted, so that the error contains the caller's spelling.
func (o origin) maskAsProto(r *http.Request, query url.Values) *http.Request {
	changed := false
	for name, values := range query {
		body := o.request.Fields().ByName(protoreflect.Name(o.body))
		if _, f := o.fieldOf(name); body == nil || f.Message() == nil || f.Message().FullName() != fieldMask {
			continue
		}
		for i, mask := range values {
			paths := strings.Split(mask, ",")
			for j, path := range paths {
				if known, _ := fieldNamed(body.Message(), path); known != "" {
					paths[j] = known
				}
			}
			values[i] = strings.Join(paths, ",")
			changed = changed || values[i] != mask
		}
	}
	if !changed {
		return r
	}
	u := *r.URL
	u.RawQuery = query.Encode()
	q := *r
	q.URL = &u
	return &q
}
