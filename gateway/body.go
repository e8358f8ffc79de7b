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

// fits refuses a body that the RPC does not read, or that contradicts a field in the path. It returns false if it has
// written the response.
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

// namedTwice returns the values from the path of fields that the body may also contain, by the proto name and the JSON
// name of each field.
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

// contradictions returns the members of a JSON object whose value differs from the value in the path. Members that are
// empty or not text are not compared. It returns nil for other JSON values, which the decoder refuses.
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

// verbatim is the text of a JSON value, a slice of the text from which it was read.
type verbatim []byte

// UnmarshalJSON implements [json.Unmarshaler]. It does not copy the text, because a body may be large.
func (v *verbatim) UnmarshalJSON(text []byte) error {
	*v = text
	return nil
}
