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

// Rule is an HTTP rule of a method.
type Rule struct {
	// Verb is the HTTP method, such as [http.MethodGet].
	Verb string
	// Template is the path, in which each variable has a pattern: /v1/{name=organizations/*}:approve, /v1/{id=*}.
	Template string
	// Variables are the variables of the template, in order.
	Variables []Variable
	// Body is the request field that the body holds. "*" means that the body holds all fields that are not in the path;
	// "" means no body. Fields that are neither in the path nor in the body are query parameters.
	Body string
}

// Variable is a part of a path that is filled from the request.
type Variable struct {
	// Field is the path of the request field: name, need.name.
	Field string
	// Pattern is the form of the value, where * is one segment and ** any number of segments: organizations/*.
	Pattern string
}

// Of returns the first rule of a method, false if the method has none.
func Of(m protoreflect.MethodDescriptor) (Rule, bool) {
	all := All(m)
	if len(all) == 0 {
		return Rule{}, false
	}
	return all[0], true
}

// All returns the rules of a method: its own rule and the additional bindings.
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

// Fill returns the path with each variable replaced by its value.
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

// Path returns the path with each variable replaced by its pattern: /v1/organizations/*:approve.
func (r Rule) Path() string { return r.Fill(func(v Variable) string { return v.Pattern }) }

// Custom returns the verb after the colon of a custom method, "" for a standard method.
func (r Rule) Custom() string {
	path := r.Path()
	_, custom, _ := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], ":")
	return custom
}

var version = regexp.MustCompile(`^/v\d[a-z0-9]*/`)

// Resource returns the pattern of the resource or collection in the path, without the version and the custom verb. For
// /v1/{parent=villages/*}/needs:batchCreate it returns villages/*/needs.
func (r Rule) Resource() string {
	return version.ReplaceAllString(strings.TrimSuffix(r.Path(), ":"+r.Custom()), "")
}

// Matches returns a regular expression for the paths of the rule. A segment contains no colon, so that a custom verb is
// not read as a part of a name.
func (r Rule) Matches() (*regexp.Regexp, error) {
	path := strings.ReplaceAll(regexp.QuoteMeta(r.Path()), `\*\*`, `[^:]+`)
	return regexp.Compile("^" + strings.ReplaceAll(path, `\*`, `[^/:]+`) + "$")
}

// Name returns the full name of a method as gRPC writes it: /wancun.org.v1.OrganizationService/GetOrganization.
func Name(m protoreflect.MethodDescriptor) string {
	return "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
}

// Find returns the linked method with a Name.
func Find(name string) (protoreflect.MethodDescriptor, bool) {
	full := strings.ReplaceAll(strings.TrimPrefix(name, "/"), "/", ".")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(full))
	m, ok := found.(protoreflect.MethodDescriptor)
	return m, ok && err == nil
}
