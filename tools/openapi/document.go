package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Document is the part of OpenAPI 3.1 that the suite uses. It is decoded strictly: anything in the plugin's output that
// these types lack is an error.
type Document struct {
	OpenAPI    string               `json:"openapi"`
	Info       Info                 `json:"info"`
	Servers    []Server             `json:"servers,omitempty"`
	Security   []Requirement        `json:"security,omitempty"`
	Tags       []Tag                `json:"tags,omitempty"`
	Paths      map[string]*PathItem `json:"paths"`
	Components Components           `json:"components"`
}

// Info is the head of the document.
type Info struct {
	Title       string   `json:"title"`
	Summary     string   `json:"summary,omitempty"`
	Description string   `json:"description,omitempty"`
	License     *License `json:"license,omitempty"`
	Version     string   `json:"version"`
}

// License is the license of the API.
type License struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier,omitempty"`
}

// Server is the base URL of the paths.
type Server struct {
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
}

// Requirement names security schemes that are all required. An empty one requires none.
type Requirement map[string][]string

// Tag is a service.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// PathItem are the operations of a path.
type PathItem struct {
	Get    *Operation `json:"get,omitempty"`
	Put    *Operation `json:"put,omitempty"`
	Post   *Operation `json:"post,omitempty"`
	Delete *Operation `json:"delete,omitempty"`
	Patch  *Operation `json:"patch,omitempty"`
}

// Operation is an RPC with one of its HTTP rules.
type Operation struct {
	Tags         []string             `json:"tags,omitempty"`
	Summary      string               `json:"summary,omitempty"`
	Description  string               `json:"description,omitempty"`
	OperationID  string               `json:"operationId"`
	Parameters   []*Parameter         `json:"parameters,omitempty"`
	RequestBody  *Body                `json:"requestBody,omitempty"`
	Responses    map[string]*Response `json:"responses"`
	Deprecated   bool                 `json:"deprecated,omitempty"`
	Security     []Requirement        `json:"security,omitempty"`
	Roles        []string             `json:"x-roles,omitempty"`
	Area         string               `json:"x-area,omitempty"`
	Organization string               `json:"x-organization,omitempty"`
	Label        string               `json:"x-label,omitempty"`
	LabelZh      string               `json:"x-label-zh,omitempty"`
}

// Parameter is a variable of the path or the query.
type Parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Deprecated  bool    `json:"deprecated,omitempty"`
	Schema      *Schema `json:"schema"`
}

// Body is the body of a request.
type Body struct {
	Description string               `json:"description,omitempty"`
	Content     map[string]MediaType `json:"content"`
	Required    bool                 `json:"required,omitempty"`
}

// Response is a response, or a reference to one.
type Response struct {
	Ref         string               `json:"$ref,omitempty"`
	Description string               `json:"description,omitempty"`
	Content     map[string]MediaType `json:"content,omitempty"`
}

// MediaType is the content of one content type; without a schema, anything is allowed.
type MediaType struct {
	Schema *Schema `json:"schema,omitempty"`
}

// Components are the referenced definitions.
type Components struct {
	Schemas         map[string]*Schema         `json:"schemas,omitempty"`
	Responses       map[string]*Response       `json:"responses,omitempty"`
	SecuritySchemes map[string]*SecurityScheme `json:"securitySchemes,omitempty"`
}

// SecurityScheme is a method of authentication.
type SecurityScheme struct {
	Type         string `json:"type"`
	Description  string `json:"description,omitempty"`
	Scheme       string `json:"scheme,omitempty"`
	BearerFormat string `json:"bearerFormat,omitempty"`
	In           string `json:"in,omitempty"`
	Name         string `json:"name,omitempty"`
}

// Schema is a JSON Schema. 64-bit integers are strings in JSON, so their bounds are in x- fields.
type Schema struct {
	Ref                  string           `json:"$ref,omitempty"`
	Type                 any              `json:"type,omitempty"`
	Format               string           `json:"format,omitempty"`
	Title                string           `json:"title,omitempty"`
	Description          string           `json:"description,omitempty"`
	ReadOnly             bool             `json:"readOnly,omitempty"`
	Deprecated           bool             `json:"deprecated,omitempty"`
	Enum                 []any            `json:"enum,omitempty"`
	Const                any              `json:"const,omitempty"`
	Pattern              string           `json:"pattern,omitempty"`
	MinLength            *uint64          `json:"minLength,omitempty"`
	MaxLength            *uint64          `json:"maxLength,omitempty"`
	Minimum              any              `json:"minimum,omitempty"`
	Maximum              any              `json:"maximum,omitempty"`
	ExclusiveMinimum     any              `json:"exclusiveMinimum,omitempty"`
	ExclusiveMaximum     any              `json:"exclusiveMaximum,omitempty"`
	MinItems             *uint64          `json:"minItems,omitempty"`
	MaxItems             *uint64          `json:"maxItems,omitempty"`
	UniqueItems          bool             `json:"uniqueItems,omitempty"`
	MinProperties        *uint64          `json:"minProperties,omitempty"`
	MaxProperties        *uint64          `json:"maxProperties,omitempty"`
	Items                *Schema          `json:"items,omitempty"`
	Properties           Properties       `json:"properties,omitzero"`
	Required             []string         `json:"required,omitempty"`
	AdditionalProperties any              `json:"additionalProperties,omitempty"`
	AllOf                []*Schema        `json:"allOf,omitempty"`
	OneOf                []*Schema        `json:"oneOf,omitempty"`
	AnyOf                []*Schema        `json:"anyOf,omitempty"`
	LabelZh              string           `json:"x-label-zh,omitempty"`
	EnumLabels           map[string]Label `json:"x-enum-labels,omitempty"`
	Unit                 string           `json:"x-unit,omitempty"`
	UnitNamedBy          string           `json:"x-unit-named-by,omitempty"`
	Resource             string           `json:"x-resource,omitempty"`
	Reference            string           `json:"x-reference,omitempty"`
	Fields               []string         `json:"x-fields,omitempty"`
	Immutable            bool             `json:"x-immutable,omitempty"`
	Vetted               bool             `json:"x-vetted,omitempty"`
	PlausibleMaximum     string           `json:"x-plausible-maximum,omitempty"`
	Lines                bool             `json:"x-lines,omitempty"`
	Transitions          []Transition     `json:"x-transitions,omitempty"`
	PersonalRoles        []string         `json:"x-personal-roles,omitempty"`
	Minimum64            any              `json:"x-minimum,omitempty"`
	Maximum64            any              `json:"x-maximum,omitempty"`
	ExclusiveMinimum64   any              `json:"x-exclusive-minimum,omitempty"`
	ExclusiveMaximum64   any              `json:"x-exclusive-maximum,omitempty"`
}

// Label is the name of a thing for users.
type Label struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Properties are the properties of an object. Their order is kept.
type Properties []Property

// Property is a property of an object.
type Property struct {
	Name   string
	Schema *Schema
}

// UnmarshalJSON reads an object. The properties are sorted by name.
func (p *Properties) UnmarshalJSON(text []byte) error {
	var byName map[string]*Schema
	if err := decode(text, &byName); err != nil {
		return err
	}
	for name, schema := range byName {
		*p = append(*p, Property{name, schema})
	}
	slices.SortFunc(*p, func(a, b Property) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// MarshalJSON writes an object in the order of p.
func (p Properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	separator := byte('{')
	for _, property := range p {
		name, err := json.Marshal(property.Name)
		if err != nil {
			return nil, err
		}
		schema, err := json.Marshal(property.Schema)
		if err != nil {
			return nil, err
		}
		out.WriteByte(separator)
		out.Write(name)
		out.WriteByte(':')
		out.Write(schema)
		separator = ','
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("decode OpenAPI: %w", err)
	}
	return nil
}
