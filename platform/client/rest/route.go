package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/wancun/wancun/platform/route"
)

// origin is the HTTP rule of a method and the type of its request.
type origin struct {
	route.Rule
	input protoreflect.MessageDescriptor
}

// originOf reads a method's HTTP rule from the linked descriptors.
func originOf(method string) (origin, error) {
	m, ok := route.Find(method)
	if !ok {
		return origin{}, status.Errorf(codes.Unimplemented, "%s is not known", method)
	}
	rule, ok := route.Of(m)
	if !ok {
		return origin{}, status.Errorf(codes.Unimplemented, "%s has no REST route", method)
	}
	return origin{rule, m.Input()}, nil
}

// write splits a request into path, query and body; the body is nil if there is none. A field in the path is neither in
// the query nor in the body.
func (o origin) write(request proto.Message) (target string, body []byte, err error) {
	rest := proto.Clone(request).ProtoReflect()
	target = o.Fill(func(v route.Variable) string {
		return (&url.URL{Path: take(rest, v.Field)}).EscapedPath()
	})
	switch o.Body {
	case "":
	case "*":
		body, err = protojson.Marshal(rest.Interface())
		return target, body, err
	default:
		f := rest.Descriptor().Fields().ByName(protoreflect.Name(o.Body))
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

// take returns a string of a message by its path, and clears it.
func take(from protoreflect.Message, path string) string {
	first, more, nested := strings.Cut(path, ".")
	f := from.Descriptor().Fields().ByName(protoreflect.Name(first))
	if nested {
		return take(from.Mutable(f).Message(), more)
	}
	defer from.Clear(f)
	return from.Get(f).String()
}

// parameters returns the fields of a message as a query: their JSON names and values, flattened. The paths in a mask
// keep their proto names.
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
