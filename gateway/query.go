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

// admitted refuses what the runtime would take for something else: a path that ends in a custom method which there is not,
// or not for this verb, for the name of a resource; and a query parameter that the RPC does not read for none at all, so
// that a filter misspelled lists everything, and a validateOnly in the wrong place writes. A parameter that cannot be read
// is refused here too, because the runtime would name only the first, and in the words of its parser. So is a body that the
// RPC does not read, and a body that contradicts the path, which the runtime would prefer without a word.
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

// unknown lists the parameters that reach no field of the request.
func (o origin) unknown(query url.Values) []field {
	var out []field
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if path, _ := o.fieldOf(name); path == "" || slices.Contains(o.path, path) || o.inBody(path) {
			out = append(out, field{Parameter: name, Detail: "is not a query parameter of this path", Reason: "UNKNOWN_PARAMETER"})
		}
	}
	return out
}

// misread lists the known parameters that are given twice or whose values are not of their type.
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

// readable asks the runtime, which is to read the value afterwards.
func (o origin) readable(path string, f protoreflect.FieldDescriptor, value string) bool {
	if f.Kind() == protoreflect.StringKind {
		return true
	}
	request, err := protoregistry.GlobalTypes.FindMessageByName(o.request.FullName())
	return err == nil && runtime.PopulateFieldFromPath(request.New().Interface(), path, value) == nil
}

// fieldOf is the field of the request that a parameter names as in the proto or as in JSON, with its path as in the proto;
// "" if there is none.
func (o origin) fieldOf(parameter string) (string, protoreflect.FieldDescriptor) {
	return fieldNamed(o.request, parameter)
}

// fieldNamed finds a field within a message by a path in either spelling, and spells the path as the proto does.
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

// maskAsProto spells the paths of a field mask as the services do. All other names of the API are as in JSON, and so is
// the JSON form of a mask, but the runtime takes the parameter as it stands. What is no field stays, to be refused by the
// name that the caller gave.
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
