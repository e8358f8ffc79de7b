package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

// Line is a line of a scenario: a person, the beginning of a stage, or a call. The zero value is an empty line.
type Line struct {
	// Person is the subject that the line declares, with its grants.
	Person string
	Grants []*accessv1.Grant
	// Stage is the name of the stage that begins.
	Stage string
	// As is the person that makes the call.
	As string
	// Call is the full name of the method, such as /wancun.village.v1.NeedService/VerifyNeed.
	Call    string
	Request proto.Message
}

// text is the JSON of a line.
type text struct {
	Person  string            `json:"person,omitempty"`
	Grants  []json.RawMessage `json:"grants,omitempty"`
	Stage   string            `json:"stage,omitempty"`
	As      string            `json:"as,omitempty"`
	Call    string            `json:"call,omitempty"`
	Request json.RawMessage   `json:"request,omitempty"`
}

// Write writes the lines of a scenario, none of them empty, in the form that Read reads.
func Write(w io.Writer, lines []Line) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, line := range lines {
		t := text{Person: line.Person, Stage: line.Stage, As: line.As, Call: line.Call}
		var err error
		for _, grant := range line.Grants {
			var body []byte
			body, err = protojson.Marshal(grant)
			t.Grants = append(t.Grants, body)
		}
		if err == nil && line.Request != nil {
			t.Request, err = protojson.Marshal(line.Request)
		}
		if err = errors.Join(err, encoder.Encode(t)); err != nil {
			return fmt.Errorf("write scenario: %w", err)
		}
	}
	return nil
}

// Read reads the lines of a scenario. Element i of the result is line i+1. Its error names the first bad line.
func Read(r io.Reader) ([]Line, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	var lines []Line
	people := make(map[string]bool)
	for body := range bytes.Lines(content) {
		line, err := parse(bytes.TrimSpace(body))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(lines)+1, err)
		}
		people[line.Person] = true
		lines = append(lines, line)
	}
	for i, line := range lines {
		if line.Call != "" && !people[line.As] {
			return nil, fmt.Errorf("line %d: as: no line declares the person %q", i+1, line.As)
		}
	}
	return lines, nil
}

// parse reads one line.
func parse(body []byte) (Line, error) {
	if len(body) == 0 {
		return Line{}, nil
	}
	var t text
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil {
		return Line{}, fmt.Errorf("read JSON: %w", err)
	}
	if decoder.More() {
		return Line{}, errors.New("read JSON: more than one value")
	}
	line := Line{Person: t.Person, Stage: t.Stage, As: t.As, Call: t.Call}
	if err := t.oneKind(); err != nil {
		return Line{}, err
	}
	for _, body := range t.Grants {
		grant := new(accessv1.Grant)
		if err := protojson.Unmarshal(body, grant); err != nil {
			return Line{}, fmt.Errorf("grants: %w", err)
		}
		line.Grants = append(line.Grants, grant)
	}
	if t.Call == "" {
		return line, nil
	}
	method, err := methodOf(t.Call)
	if err != nil {
		return Line{}, err
	}
	if line.Request, err = messageOf(method.Input()); err != nil {
		return Line{}, err
	}
	if err := protojson.Unmarshal(t.Request, line.Request); err != nil {
		return Line{}, fmt.Errorf("request: %w", err)
	}
	return line, nil
}

// oneKind returns an error for a line that is not exactly one of the three kinds.
func (t text) oneKind() error {
	switch [...]bool{t.Person != "", t.Grants != nil, t.Stage != "", t.As != "", t.Call != "", t.Request != nil} {
	case [...]bool{true, true, false, false, false, false},
		[...]bool{false, false, true, false, false, false},
		[...]bool{false, false, false, true, true, true}:
		return nil
	}
	return errors.New("must have either person and grants, or stage, or as, call and request")
}

// methodOf returns the unary method with a full name.
func methodOf(call string) (protoreflect.MethodDescriptor, error) {
	service, name, _ := strings.Cut(strings.TrimPrefix(call, "/"), "/")
	found, _ := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + name))
	method, ok := found.(protoreflect.MethodDescriptor)
	switch {
	case !ok:
		return nil, fmt.Errorf("call: %q is no method; write it as /wancun.village.v1.NeedService/VerifyNeed", call)
	case method.IsStreamingClient() || method.IsStreamingServer():
		return nil, fmt.Errorf("call: %q is a stream; a scenario makes unary calls", call)
	}
	return method, nil
}

// messageOf returns an empty message of a type.
func messageOf(d protoreflect.MessageDescriptor) (proto.Message, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		return nil, fmt.Errorf("find the message %s: %w", d.FullName(), err)
	}
	return kind.New().Interface(), nil
}
