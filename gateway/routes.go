package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/wancun/wancun/platform/limits"
	"github.com/wancun/wancun/platform/route"
)

// routes contains the HTTP rules of all RPCs: the verbs of each path, and the part of the HTTP request from which each
// request field comes.
type routes struct {
	paths    []verbOfPath
	methods  map[string]origin           // by full gRPC method name
	rules    map[string]origin           // by verb and path template
	services map[string]grpc.ServiceInfo // by full name, with only the methods that have a route
}

type verbOfPath struct {
	verb string
	path *regexp.Regexp
}

// origin describes how a method's request is built from an HTTP request.
type origin struct {
	method  string // full gRPC name
	request protoreflect.MessageDescriptor
	body    string        // the field that is the body, "*" for the whole request, "" for none
	shape   *limits.Shape // shape of the body
	most    int           // maximum size of the body in bytes
	stream  bool          // the response is a stream
	upload  bool          // the body is a stream of requests
	path    []string

	response protoreflect.FullName
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
	rules := route.All(m)
	if len(rules) == 0 {
		return nil
	}
	if len(rules) > 1 {
		return errors.New("additional bindings are not supported")
	}
	rule := rules[0]
	path, err := rule.Matches()
	if err != nil {
		return err
	}
	o := origin{
		method: route.Name(m), request: m.Input(), body: rule.Body, stream: m.IsStreamingServer(),
		upload: m.IsStreamingClient(), response: m.Output().FullName(),
	}
	for _, v := range rule.Variables {
		o.path = append(o.path, v.Field)
	}
	o.shape, o.most = limits.ShapeOf(o.bodyMessage()), limits.MaxBytes(o.request)
	r.paths = append(r.paths, verbOfPath{rule.Verb, path})
	r.methods[o.method] = o
	r.rules[rule.Verb+" "+rule.Template] = o
	service := r.services[string(m.Parent().FullName())]
	service.Methods = append(service.Methods, grpc.MethodInfo{Name: string(m.Name())})
	r.services[string(m.Parent().FullName())] = service
	return nil
}

// of returns the rule that the runtime has matched for a request.
func (r *routes) of(q *http.Request) origin {
	matched, _ := runtime.HTTPPattern(q.Context())
	return r.rules[q.Method+" "+matched.String()]
}

// bulk reports whether a request may hold many resources, as in a batch or an import.
func (o origin) bulk() bool { return o.most == limits.Bulk }

// under returns the path of the body in the request, with a trailing dot, or "" if the body is the whole request.
func (o origin) under() string {
	if o.body == "*" || o.body == "" {
		return ""
	}
	return o.body + "."
}

// bodyMessage returns the message that is decoded from a body.
func (o origin) bodyMessage() protoreflect.MessageDescriptor {
	if o.body == "*" || o.body == "" {
		return o.request
	}
	return o.request.Fields().ByName(protoreflect.Name(o.body)).Message()
}

// allow returns the verbs of a path, sorted.
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
