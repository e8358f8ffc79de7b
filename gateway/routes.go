package gateway

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/wancun/wancun/platform/limits"
)

// routes knows the HTTP rules of all RPCs: which verbs a path takes, and where a request field comes from.
type routes struct {
	paths    []route
	methods  map[string]origin           // by full gRPC method name
	rules    map[string]origin           // by verb and path template
	services map[string]grpc.ServiceInfo // by full name, with those of their methods that have a route
}

type route struct {
	verb string
	path *regexp.Regexp
}

// origin says how a method's request is put together from HTTP.
type origin struct {
	method  string // its full gRPC name
	request protoreflect.MessageDescriptor
	body    string        // the field that is the body, "*" for the whole request, "" for none
	shape   *limits.Shape // of the body
	most    int           // bytes of the body
	path    []string
}

// newRoutes reads the rules of the suite's services from the linked descriptors.
func newRoutes() (*routes, error) {
	r := &routes{methods: map[string]origin{}, rules: map[string]origin{}, services: map[string]grpc.ServiceInfo{}}
	var failed error
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "wancun.") {
			return true
		}
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				if err := r.add(methods.Get(j)); err != nil {
					failed = fmt.Errorf("route of %s: %w", methods.Get(j).FullName(), err)
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
	if len(rule.GetAdditionalBindings()) > 0 {
		return fmt.Errorf("additional bindings are not supported")
	}
	verb, template := verbAndPath(rule)
	template, variables := normal(template)
	path, err := pattern(template)
	if err != nil {
		return err
	}
	o := origin{
		method: fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name()), request: m.Input(), body: rule.GetBody(), path: variables,
	}
	o.shape, o.most = limits.ShapeOf(o.bodyMessage()), limits.MaxBytes(o.request)
	r.paths = append(r.paths, route{verb, path})
	r.methods[o.method] = o
	r.rules[verb+" "+template] = o
	service := r.services[string(m.Parent().FullName())]
	service.Methods = append(service.Methods, grpc.MethodInfo{Name: string(m.Name())})
	r.services[string(m.Parent().FullName())] = service
	return nil
}

// of is the rule by which the runtime has matched a request.
func (r *routes) of(q *http.Request) origin {
	matched, _ := runtime.HTTPPattern(q.Context())
	return r.rules[q.Method+" "+matched.String()]
}

// under is the path of the body in the request, with a dot; empty if the body is the request.
func (o origin) under() string {
	if o.body == "*" || o.body == "" {
		return ""
	}
	return o.body + "."
}

// bodyMessage is the message that a body becomes.
func (o origin) bodyMessage() protoreflect.MessageDescriptor {
	if o.body == "*" || o.body == "" {
		return o.request
	}
	return o.request.Fields().ByName(protoreflect.Name(o.body)).Message()
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

// normal writes every variable of a path template with its pattern, as the runtime does, and lists their fields.
func normal(template string) (string, []string) {
	var b strings.Builder
	var fields []string
	for template != "" {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			break
		}
		var variable string
		variable, template, _ = strings.Cut(rest, "}")
		name, segments, given := strings.Cut(variable, "=")
		if !given {
			segments = "*"
		}
		fields = append(fields, name)
		b.WriteString("{" + name + "=" + segments + "}")
	}
	return b.String(), fields
}

// pattern matches the paths of a normal template.
func pattern(template string) (*regexp.Regexp, error) {
	var b strings.Builder
	for literal := range strings.SplitSeq(template, "}") {
		before, variable, _ := strings.Cut(literal, "{")
		_, segments, _ := strings.Cut(variable, "=")
		b.WriteString(regexp.QuoteMeta(before))
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(segments), `\*`, `[^/:]+`))
	}
	return regexp.Compile("^" + b.String() + "$")
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
