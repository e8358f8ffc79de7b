package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// origin is how a method's request is put together in HTTP.
type origin struct {
	verb, template string
	body           string // the field that is the body, "*" for the whole request, "" for none
	input          protoreflect.MessageDescriptor
}

// originOf reads a method's HTTP rule from the linked descriptors.
func originOf(method string) (origin, error) {
	name := strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	m, ok := d.(protoreflect.MethodDescriptor)
	if err != nil || !ok {
		return origin{}, status.Errorf(codes.Unimplemented, "%s is not known", method)
	}
	rule, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	o := origin{body: rule.GetBody(), input: m.Input()}
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		o.verb, o.template = http.MethodGet, p.Get
	case *annotations.HttpRule_Post:
		o.verb, o.template = http.MethodPost, p.Post
	case *annotations.HttpRule_Patch:
		o.verb, o.template = http.MethodPatch, p.Patch
	default:
		return o, status.Errorf(codes.Unimplemented, "%s has no REST route", method)
	}
	return o, nil
}

var variable = regexp.MustCompile(`\{([a-z_.]+)(?:=[^}]*)?\}`)

// write puts a request into path and query, and into a body, nil if there is none. What the path names stands in neither
// of the others.
func (o origin) write(request proto.Message) (target string, body []byte, err error) {
	rest := proto.Clone(request).ProtoReflect()
	target = variable.ReplaceAllStringFunc(o.template, func(v string) string {
		return (&url.URL{Path: take(rest, variable.FindStringSubmatch(v)[1])}).EscapedPath()
	})
	switch o.body {
	case "":
	case "*":
		body, err = protojson.Marshal(rest.Interface())
		return target, body, err
	default:
		f := rest.Descriptor().Fields().ByName(protoreflect.Name(o.body))
		if body, err = protojson.Marshal(rest.Get(f).Message().Interface()); err != nil {
			return "", nil, err
		}
		rest.Clear(f)
	}
	query, err := parameters(rest)
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	return target, body, err
}

// take removes a string from a message by its path.
func take(from protoreflect.Message, path string) string {
	first, more, nested := strings.Cut(path, ".")
	f := from.Descriptor().Fields().ByName(protoreflect.Name(first))
	if nested {
		return take(from.Mutable(f).Message(), more)
	}
	defer from.Clear(f)
	return from.Get(f).String()
}

// parameters are the fields of a message as a query has them, which is as JSON has them, but flat. A mask keeps the names
// of the proto.
func parameters(m protoreflect.Message) (url.Values, error) {
	query := url.Values{}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Message() == nil || f.IsList() {
			return true
		}
		if mask, ok := v.Message().Interface().(*fieldmaskpb.FieldMask); ok {
			query.Set(f.JSONName(), strings.Join(mask.GetPaths(), ","))
			m.Clear(f)
		}
		return true
	})
	text, err := protojson.Marshal(m.Interface())
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return nil, err
	}
	for name, value := range fields {
		if err := flatten(query, name, value); err != nil {
			return nil, err
		}
	}
	return query, nil
}

func flatten(into url.Values, name string, value any) error {
	switch value := value.(type) {
	case map[string]any:
		for part, v := range value {
			if err := flatten(into, name+"."+part, v); err != nil {
				return err
			}
		}
	case []any:
		for _, v := range value {
			if _, nested := v.(map[string]any); nested {
				return fmt.Errorf("%s: a list of messages has no form in a query", name)
			}
			into.Add(name, fmt.Sprint(v))
		}
	default:
		into.Add(name, fmt.Sprint(value))
	}
	return nil
}
