package gateway

import (
	"encoding/json"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/label"
)

// fits refuses a body that the RPC does not read, or in which a field that the path names has another value. It reports
// false if it has answered.
func (p problemWriter) fits(w http.ResponseWriter, r *http.Request, o origin, path map[string]string) bool {
	body, ok := r.Body.(*limitedBody)
	if !ok {
		return true
	}
	if o.body == "" {
		switch {
		case body.empty():
			return true
		case body.failed != nil:
			p.write(w, r, status.New(codes.InvalidArgument, "the body cannot be read"), "")
		default:
			p.refuse(w, r, "UNEXPECTED_BODY", "this request takes no body: give its fields in the query", nil)
		}
		return false
	}
	named := o.namedTwice(path)
	if len(named) == 0 {
		return true
	}
	content, err := body.text()
	if err != nil {
		p.write(w, r, status.New(codes.InvalidArgument, "the body cannot be read"), o.method)
		return false
	}
	if wrong := contradictions(content, named, o.bodyMessage()); len(wrong) > 0 {
		p.refuse(w, r, "PATH_CONTRADICTED", wrong[0].say(wrong[0].Detail), wrong)
		return false
	}
	return true
}

// namedTwice are the values that the path gives to fields which the body may give too, by both spellings of their names.
func (o origin) namedTwice(path map[string]string) map[string]string {
	named := map[string]string{}
	for name, value := range path {
		parts := strings.Split(name, ".")
		inBody := o.body == "*" && len(parts) == 1 || o.body == parts[0] && len(parts) == 2
		if _, f := o.fieldOf(name); f != nil && inBody {
			named[string(f.Name())], named[f.JSONName()] = value, value
		}
	}
	return named
}

// contradictions are the members of a JSON object for a message that give another value than the path. A member that is
// empty or no text gives none, and what is no object is left to the decoder.
func contradictions(content []byte, named map[string]string, d protoreflect.MessageDescriptor) []field {
	var members map[string]verbatim
	if err := json.Unmarshal(content, &members); err != nil {
		return nil
	}
	var wrong []field
	for name, want := range named {
		var given string
		if json.Unmarshal(members[name], &given) == nil && given != "" && given != want {
			at := field{
				Pointer: pointer([]string{name}), Detail: "must be " + want + ", as in the path, or left out", Reason: "PATH_CONTRADICTED",
				chinese: "须与路径一致，为 " + want + "，或不填",
			}
			at.call(label.Field(eitherName(d, name)))
			wrong = append(wrong, at)
		}
	}
	return wrong
}

// verbatim is a JSON value as it is written, a part of the text that it was read from.
type verbatim []byte

// UnmarshalJSON implements [json.Unmarshaler]. It keeps the part without a copy, because a body may be large.
func (v *verbatim) UnmarshalJSON(text []byte) error {
	*v = text
	return nil
}
