package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/label"
)

const (
	bearer         = "bearer"
	session        = "session"
	problem        = "Problem"
	problemContent = "application/problem+json"
	components     = "#/components/schemas/"
	// patch is the suffix of the name of a schema without required properties.
	patch = ".Patch"
)

// Finish joins the plugin's documents, one for each file, into the document of the suite.
func Finish(c *Contract, parts []*Document) (*Document, error) {
	whole := frame()
	for _, part := range parts {
		whole.Tags = append(whole.Tags, part.Tags...)
		for name, schema := range part.Components.Schemas {
			whole.Components.Schemas[name] = schema
		}
		for _, item := range part.Paths {
			for _, operation := range item.operations() {
				if err := c.place(whole, operation); err != nil {
					return nil, err
				}
			}
		}
	}
	whole.addPatches()
	for name, schema := range whole.Components.Schemas {
		name = strings.TrimSuffix(name, patch)
		described, _ := c.files.FindDescriptorByName(protoreflect.FullName(name))
		switch d := described.(type) {
		case protoreflect.MessageDescriptor:
			constrainObject(schema, d)
			describeKind(schema, d)
		case protoreflect.EnumDescriptor:
			schema.EnumLabels = labelsOf(d)
		}
	}
	if err := whole.addTransitions(c); err != nil {
		return nil, err
	}
	whole.Components.Schemas[problem] = problemSchema()
	delete(whole.Components.Schemas, httpBody)
	return whole, nil
}

// addPatches gives each PATCH a body without required properties: the mask names the fields to change.
func (d *Document) addPatches() {
	for _, item := range d.Paths {
		if item.Patch == nil || item.Patch.RequestBody == nil {
			continue
		}
		for _, content := range item.Patch.RequestBody.Content {
			name := strings.TrimPrefix(content.Schema.Ref, components)
			if full, ok := d.Components.Schemas[name]; ok {
				partial := *full
				partial.Required = nil
				partial.Properties = slices.Clone(full.Properties)
				partial.Description = strings.TrimSpace(full.Description + "\n\nOnly the fields in the mask count.")
				d.Components.Schemas[name+patch] = &partial
				content.Schema.Ref += patch
			}
		}
	}
}

// frame returns the document without its operations.
func frame() *Document {
	return &Document{
		OpenAPI: "3.1.0",
		Info: Info{
			Title:   "Wancun (万村)",
			Summary: "Social organizations help villages: what is needed, what was delivered, and what it adds up to.",
			Description: "Money is in fen, CNY. Times are UTC. 64-bit integers are strings in JSON. Every write takes " +
				"a `requestId`: the same request sent again is answered the same and written once. An `etag` given back " +
				"changes only what was seen. What a caller may not see is not found. A request is read whole or refused: a " +
				"field, a parameter or a body that the call does not take is an error; only fields that are output alone are " +
				"ignored, so that an answer can be sent back. Refusals are in Chinese for " +
				"a client whose `Accept-Language` prefers it. `x-roles` says who may call, " +
				"`x-area` and `x-organization` which request field a grant must cover. `x-transitions` of a resource are its " +
				"states: which operation is allowed in which of them, and where it leads. A new value of an `x-vetted` field " +
				"takes back the answer of the second person. A value above `x-plausible-maximum` is written once its question is " +
				"acknowledged. A text with `x-lines` keeps its line breaks; any other is one line.",
			License: &License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			Version: "v1",
		},
		Servers:  []Server{{URL: "/", Description: "The gateway that serves this document."}},
		Security: []Requirement{{bearer: {}}, {session: {}}},
		Paths:    map[string]*PathItem{},
		Components: Components{
			Schemas: map[string]*Schema{},
			Responses: map[string]*Response{problem: {
				Description: "What went wrong, as problem details (RFC 9457).",
				Content:     map[string]MediaType{problemContent: {Schema: reference(problem)}},
			}},
			SecuritySchemes: map[string]*SecurityScheme{
				bearer: {
					Type: "http", Scheme: "bearer", BearerFormat: "JWT",
					Description: "A token of the OpenID Connect provider, or one that `wancun token` minted.",
				},
				session: {
					Type: "apiKey", In: "cookie", Name: "wancun_token",
					Description: "Set by signing in with a browser.",
				},
			},
		},
	}
}

// place finishes an operation and adds it at the path and verb of its rule.
func (c *Contract) place(whole *Document, operation *Operation) error {
	method, ok := c.methods[operation.OperationID]
	if !ok {
		return fmt.Errorf("operation %s belongs to no RPC; an RPC has one route, so drop additional_bindings",
			operation.OperationID)
	}
	route, err := c.Route(method)
	if err != nil {
		return err
	}
	operation.Summary, operation.Description = summary(operation.Summary, operation.Description)
	if err := finishRequest(operation, method, route); err != nil {
		return err
	}
	finishResponses(operation, method)
	finishAccess(operation, method)
	verb := label.Verb(method)
	operation.Label, operation.LabelZh = verb.En, verb.Zh
	item := whole.Paths[route.Path]
	if item == nil {
		item = &PathItem{}
		whole.Paths[route.Path] = item
	}
	slot := item.slot(route.Verb)
	if *slot != nil {
		return fmt.Errorf("%s and %s share the route %s %s",
			(*slot).OperationID, operation.OperationID, route.Verb, route.Path)
	}
	*slot = operation
	return nil
}

// finishRequest replaces the path variables, and adds the constraints of the query and the body.
func finishRequest(operation *Operation, method protoreflect.MethodDescriptor, route Route) error {
	described := map[string]string{}
	var query []*Parameter
	var failed error
	for _, parameter := range operation.Parameters {
		if parameter.In == "path" {
			described[parameter.Name] = parameter.Description
			continue
		}
		field, err := fieldAt(method.Input(), parameter.Name)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("query of %s: %w", operation.OperationID, err))
			continue
		}
		constrain(parameter.Schema, field)
		parameter.Description = strings.TrimSpace(parameter.Description + " " + spelling(field))
		query = append(query, parameter)
	}
	operation.Parameters = nil
	for _, variable := range route.Variables {
		operation.Parameters = append(operation.Parameters, &Parameter{
			Name: variable.Name, In: "path", Required: true, Description: described[variable.Field],
			Schema: &Schema{Type: "string", Pattern: variable.Pattern},
		})
	}
	operation.Parameters = append(operation.Parameters, query...)
	if operation.RequestBody != nil {
		for _, content := range operation.RequestBody.Content {
			if content.Schema.Ref == "" {
				constrainObject(content.Schema, method.Input())
			}
		}
	}
	return failed
}

// filterLanguage describes the filter syntax of all lists. wancun/resource/v1/resource.proto has the same description
// for readers of the protos.
const filterLanguage = "Names are in snake_case, texts in quotes, values of enums without. A value is written as the field " +
	"holds it (`village = \"villages/433124001201\"`); one that the field cannot hold is refused. In a text after `=` or `!=`, " +
	"`*` matches any characters: at its beginning, at its end, at both, or once within it (`indicator = \"BR*\"`); `\\\\*` is " +
	"a star itself. After `<`, `<=`, `>` and `>=` a text may be the beginning of a value. `:` finds a text anywhere in a " +
	"field, in capitals or small letters."

// spelling describes how fields are named inside a parameter, if this differs from other names.
func spelling(field protoreflect.FieldDescriptor) string {
	switch {
	case field.Message() != nil && field.Message().FullName() == "google.protobuf.FieldMask":
		return "Names as in the body (`displayName`) or in snake_case (`display_name`), separated by commas."
	case field.Name() == "filter":
		return "Over `" + strings.Join(filterable(field), "`, `") + "`. " + filterLanguage
	case field.Name() == "order_by":
		return "Names are in snake_case."
	}
	return ""
}

// finishResponses adds the errors to the operation, the content types to a stream, and any content to an HttpBody.
func finishResponses(operation *Operation, method protoreflect.MethodDescriptor) {
	operation.Responses["default"] = &Response{Ref: "#/components/responses/" + problem}
	ok := operation.Responses["200"]
	if method.IsStreamingServer() {
		*ok = stream(ok.Description, string(method.Output().FullName()))
		return
	}
	if method.Output().FullName() != httpBody {
		return
	}
	for _, content := range ok.Content {
		if content.Schema.Ref == reference(httpBody).Ref {
			ok.Description = "The document itself."
			ok.Content = map[string]MediaType{"*/*": {}}
		}
	}
}

// stream returns a response that is sent as a stream. OpenAPI 3.1 cannot describe streams: the schema is that of one
// line, as tools interpret it, and Server-Sent Events are text.
func stream(description, element string) Response {
	line := &Schema{
		Type:        "object",
		Description: "One line: an element of the stream, or as the last line the problem that ended it.",
		Properties:  Properties{{"result", reference(element)}, {"error", reference(problem)}},
	}
	event := &Schema{
		Type: "string",
		Description: "Server-Sent Events, for clients that accept them first. `data` is what a line would be and `id` the " +
			"position of the last entry in it, after which a browser that reconnects goes on by `Last-Event-ID`. An event " +
			"named `problem` is the problem that ended the stream.",
	}
	return Response{
		Description: strings.TrimSuffix(description, " (streaming responses)") + " Sent as a stream.",
		Content:     map[string]MediaType{"application/x-ndjson": {Schema: line}, "text/event-stream": {Schema: event}},
	}
}

// finishAccess adds who may call the operation.
func finishAccess(operation *Operation, method protoreflect.MethodDescriptor) {
	p := policy(method)
	operation.Roles = roleNames(p.GetAudience())
	operation.Area, operation.Organization = p.GetArea(), p.GetOrganization()
	if slices.Contains(operation.Roles, accessv1.Grant_PUBLIC.String()) {
		operation.Security = []Requirement{{}, {bearer: {}}, {session: {}}}
	}
}

// summary splits a comment into its first sentence, as the summary, and the rest, as the description.
func summary(head, rest string) (string, string) {
	head = strings.Join(strings.Fields(head), " ")
	sentence, more, cut := strings.Cut(head, ". ")
	if !cut {
		return head, rest
	}
	return sentence + ".", strings.TrimSpace(more + "\n\n" + rest)
}

// roleNames returns the roles of an audience, in the same way as platform/access, which this module does not import.
func roleNames(audience accessv1.Policy_Audience) []string {
	value := audience.Descriptor().Values().ByNumber(audience.Number())
	if value == nil {
		return nil
	}
	roles, _ := proto.GetExtension(value.Options(), accessv1.E_Roles).([]accessv1.Grant_Role)
	var names []string
	for _, role := range roles {
		names = append(names, role.String())
	}
	return names
}

func reference(schema string) *Schema { return &Schema{Ref: components + schema} }

// problemSchema returns the schema of every error's body.
func problemSchema() *Schema {
	text := func(description string) *Schema { return &Schema{Type: "string", Description: description} }
	number := func(description string) *Schema {
		return &Schema{Type: "integer", Format: "int32", Description: description}
	}
	return &Schema{
		Type:        "object",
		Description: "An error, as problem details (RFC 9457).",
		Properties: Properties{
			{"type", text("URI of the kind of problem.")},
			{"title", text("The kind of problem, in words.")},
			{"status", number("The HTTP status.")},
			{"detail", text("What went wrong this time, for a person to read.")},
			{"instance", text("The path of the request.")},
			{"code", text("The gRPC status code, for example `NotFound`.")},
			{"reason", text("The reason in UPPER_SNAKE_CASE, for a program to act on. `INVALID_REQUEST` where fields are refused, each for a reason of its own.")},
			{"resource", text("Name of the resource that the problem is about, if it is about one.")},
			{"acknowledge", &Schema{
				Type:        "array",
				Description: "The reasons among the errors that are questions. The same request with them in its `acknowledge` goes through, if nothing else is wrong with it.",
				Items:       text("The code of a question, such as `LIKELY_DUPLICATE`."),
			}},
			{"errors", &Schema{
				Type: "array", Description: "The fields that were refused, if any.",
				Items: &Schema{
					Type: "object",
					Properties: Properties{
						{"pointer", text("JSON pointer into the body (RFC 6901).")},
						{"parameter", text("Part of the path or the query, if it is not in the body.")},
						{"label", text("What people call the field, in the language of the answer.")},
						{"detail", text("What is wrong with it.")},
						{"reason", text("The rule that refused it, in UPPER_SNAKE_CASE.")},
						{"rows", &Schema{
							Type: "array", Description: "The rows of a batch that were refused in the same field for the same reason, " +
								"if they are several; the pointer leads into the first of them.",
							Items: &Schema{Type: "object", Properties: Properties{
								{"first", number("Index of the first of some rows that follow one another.")},
								{"last", number("Index of the last of them.")},
							}, Required: []string{"first", "last"}},
						}},
						{"count", number("How many rows they are, with those that `rows` has no room for.")},
					},
					Required: []string{"detail"},
				},
			}},
			{"furtherErrors", number("How many errors the answer has no room for.")},
			{"furtherRows", number("How many rows they are about.")},
		},
		Required: []string{"type", "title", "status", "code", "reason"},
	}
}

// slot returns the field for the operation of a verb.
func (p *PathItem) slot(verb string) **Operation {
	return map[string]**Operation{
		"get": &p.Get, "put": &p.Put, "post": &p.Post, "delete": &p.Delete, "patch": &p.Patch,
	}[verb]
}

// operations returns the operations of the path, by verb.
func (p *PathItem) operations() map[string]*Operation {
	all := map[string]*Operation{"get": p.Get, "put": p.Put, "post": p.Post, "delete": p.Delete, "patch": p.Patch}
	maps.DeleteFunc(all, func(_ string, operation *Operation) bool { return operation == nil })
	return all
}
