package route

import (
	"net/http"
	"regexp"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Rule is a way to call a method over HTTP.
type Rule struct {
	// Verb is the HTTP method, such as [http.MethodGet].
	Verb string
	// Template is the path, each variable with its pattern: /v1/{name=organizations/*}:approve, /v1/{id=*}.
	Template string
	// Variables are those of the template, in order.
	Variables []Variable
	// Body is the request field that is the body, "*" if the body is the request without the fields of the path, "" for none.
	// Fields that are neither in the path nor in the body are query parameters.
	Body string
}

// Variable is a part of a path that comes from the request.
type Variable struct {
	// Field is the path of the request field: name, need.name.
	Field string
	// Pattern is the form of its value, where * is one segment and ** any number of them: organizations/*.
	Pattern string
}

// Of is the first rule of a method, false if it has none.
func Of(m protoreflect.MethodDescriptor) (Rule, bool) {
	all := All(m)
	if len(all) == 0 {
		return Rule{}, false
	}
	return all[0], true
}

// All are the rules of a method: its own and the additional bindings.
func All(m protoreflect.MethodDescriptor) []Rule {
	annotation, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	if annotation == nil {
		return nil
	}
	all := []Rule{ruleOf(annotation)}
	for _, other := range annotation.GetAdditionalBindings() {
		all = append(all, ruleOf(other))
	}
	return all
}

func ruleOf(annotation *annotations.HttpRule) Rule {
	r := Rule{Body: annotation.GetBody()}
	switch p := annotation.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		r.Verb, r.Template = http.MethodGet, p.Get
	case *annotations.HttpRule_Put:
		r.Verb, r.Template = http.MethodPut, p.Put
	case *annotations.HttpRule_Post:
		r.Verb, r.Template = http.MethodPost, p.Post
	case *annotations.HttpRule_Delete:
		r.Verb, r.Template = http.MethodDelete, p.Delete
	case *annotations.HttpRule_Patch:
		r.Verb, r.Template = http.MethodPatch, p.Patch
	case *annotations.HttpRule_Custom:
		r.Verb, r.Template = p.Custom.GetKind(), p.Custom.GetPath()
	}
	r.Template = r.Fill(func(v Variable) string {
		r.Variables = append(r.Variables, v)
		return "{" + v.Field + "=" + v.Pattern + "}"
	})
	return r
}

var variable = regexp.MustCompile(`\{([^}=]+)(?:=([^}]*))?\}`)

// Fill is the path with each variable replaced by its value.
func (r Rule) Fill(value func(Variable) string) string {
	return variable.ReplaceAllStringFunc(r.Template, func(text string) string {
		parts := variable.FindStringSubmatch(text)
		v := Variable{Field: parts[1], Pattern: parts[2]}
		if v.Pattern == "" {
			v.Pattern = "*"
		}
		return value(v)
	})
}

// Path is the path with each variable replaced by its pattern: /v1/organizations/*:approve.
func (r Rule) Path() string { return r.Fill(func(v Variable) string { return v.Pattern }) }

// Custom is the verb after the colon of a custom method, "" for a standard method.
func (r Rule) Custom() string {
	path := r.Path()
	_, custom, _ := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], ":")
	return custom
}

var version = regexp.MustCompile(`^/v\d[a-z0-9]*/`)

// Resource is the form of the names that the rule is about, of a resource or a collection, without the version and the custom
// verb: /v1/{parent=villages/*}/needs:batchCreate is about villages/*/needs.
func (r Rule) Resource() string {
	return version.ReplaceAllString(strings.TrimSuffix(r.Path(), ":"+r.Custom()), "")
}

// Matches is the expression that matches the paths of the rule. A segment has no colon, so that names and custom verbs are
// apart.
func (r Rule) Matches() (*regexp.Regexp, error) {
	path := strings.ReplaceAll(regexp.QuoteMeta(r.Path()), `\*\*`, `[^:]+`)
	return regexp.Compile("^" + strings.ReplaceAll(path, `\*`, `[^/:]+`) + "$")
}

// Name is how gRPC calls a method: /wancun.org.v1.OrganizationService/GetOrganization.
func Name(m protoreflect.MethodDescriptor) string {
	return "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
}

// Find finds a linked method by its Name.
func Find(name string) (protoreflect.MethodDescriptor, bool) {
	full := strings.ReplaceAll(strings.TrimPrefix(name, "/"), "/", ".")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(full))
	m, ok := found.(protoreflect.MethodDescriptor)
	return m, ok && err == nil
}
