package gateway

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// routes knows the HTTP rules of all RPCs: which verbs a path takes, and where a request field comes from.
type routes struct {
	paths   []route
	methods map[string]origin // by full gRPC method name
}

type route struct {
	verb string
	path *regexp.Regexp
}

// origin says how a method's request is put together from HTTP.
type origin struct {
	request protoreflect.MessageDescriptor
	body    string // the field that is the body, "*" for the whole request, "" for none
	path    []string
}

var variable = regexp.MustCompile(`\{([a-z_.]+)(?:=([^}]*))?\}`)

// newRoutes reads the rules from the linked descriptors.
func newRoutes() (*routes, error) {
	r := &routes{methods: map[string]origin{}}
	var failed error
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				if err := r.add(methods.Get(j)); err != nil {
					failed = err
				}
			}
		}
		return failed == nil
	})
	return r, failed
}

func (r *routes) add(m protoreflect.MethodDescriptor) error {
	rule, ok := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	if !ok || rule == nil {
		return nil
	}
	verb, template := verbAndPath(rule)
	o := origin{request: m.Input(), body: rule.GetBody()}
	var b strings.Builder
	rest := template
	for _, v := range variable.FindAllStringSubmatchIndex(template, -1) {
		at := len(template) - len(rest)
		b.WriteString(regexp.QuoteMeta(template[at:v[0]]))
		o.path = append(o.path, template[v[2]:v[3]])
		pattern := "*"
		if v[4] >= 0 {
			pattern = template[v[4]:v[5]]
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `[^/:]+`))
		rest = template[v[1]:]
	}
	b.WriteString(regexp.QuoteMeta(rest))
	path, err := regexp.Compile("^" + b.String() + "$")
	if err != nil {
		return fmt.Errorf("route of %s: %w", m.FullName(), err)
	}
	r.paths = append(r.paths, route{verb, path})
	r.methods[fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name())] = o
	return nil
}

func verbAndPath(rule *annotations.HttpRule) (verb, path string) {
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, p.Get
	case *annotations.HttpRule_Post:
		return http.MethodPost, p.Post
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, p.Patch
	case *annotations.HttpRule_Put:
		return http.MethodPut, p.Put
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, p.Delete
	}
	return "", ""
}

// allow lists the verbs that a path takes, in order.
func (r *routes) allow(path string) []string {
	var verbs []string
	for _, p := range r.paths {
		if p.path.MatchString(path) && !slices.Contains(verbs, p.verb) {
			verbs = append(verbs, p.verb)
		}
	}
	slices.Sort(verbs)
	return verbs
}

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
	inBody := o.body == "*" || o.body != "" && names[0] == jsonName(o.request, o.body)
	if !inBody || slices.Contains(o.path, v.GetField()) {
		out.Parameter = strings.Join(names, ".")
		return out
	}
	if o.body != "*" {
		names = names[1:]
	}
	for _, n := range names {
		out.Pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(n)
	}
	return out
}

func jsonName(d protoreflect.MessageDescriptor, name string) string {
	if f := d.Fields().ByName(protoreflect.Name(name)); f != nil {
		return f.JSONName()
	}
	return name
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
			name = f.JSONName()
			d = f.Message()
		}
		names = append(names, name)
		if indexed {
			names = append(names, strings.Trim(strings.TrimSuffix(index, "]"), `"`))
		}
	}
	return names
}
