package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const fieldMask protoreflect.FullName = "google.protobuf.FieldMask"

// misread is a place in a body that does not fit the request, with the message of the library.
type misread struct {
	Names []string // the path of names to the place
	Says  string
}

// misreadMark is the prefix of the text of a misread. The generated code keeps only the text of a decoder's error, so
// the place is encoded in the text.
const misreadMark = "misread body: "

// Error implements error.
func (m misread) Error() string {
	b, _ := json.Marshal(m) // strings cannot fail to encode
	return misreadMark + string(b)
}

// misreadOf decodes the misread that the decoder reported.
func misreadOf(s *status.Status) (misread, bool) {
	text, ok := strings.CutPrefix(s.Message(), misreadMark)
	if !ok || s.Code() != codes.InvalidArgument || len(s.Details()) > 0 {
		return misread{}, false
	}
	var m misread
	return m, json.Unmarshal([]byte(text), &m) == nil
}

// NewDecoder returns a decoder that reports the place of an error in the body.
func (l *lines) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(v any) error {
		body, err := bodyOf(r)
		if err != nil {
			return err
		}
		if m, ok := v.(proto.Message); ok {
			err = protojson.Unmarshal(body, m)
		} else { // a pointer to a field that is still nil
			err = l.Unmarshal(body, v)
		}
		if err != nil {
			return misplacedIn(body, err)
		}
		return nil
	})
}

// bodyOf reads a body of one JSON value. For a PATCH, the generated code reads the body first and passes another
// reader.
func bodyOf(r io.Reader) ([]byte, error) {
	b, ok := r.(*limitedBody)
	if !ok {
		text, err := io.ReadAll(r)
		var one verbatim
		if err == nil && json.Unmarshal(text, &one) != nil {
			err = notOne(text)
		}
		return text, err
	}
	text, err := b.text()
	if err == nil && !b.valid {
		err = notOne(text)
	}
	return text, err
}

// notOne returns the error of a text that is not one JSON value.
func notOne(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(new(verbatim)); err != nil {
		return noJSON(err)
	}
	return fmt.Errorf("the body must be one JSON object, and something follows it after byte %d", d.InputOffset())
}

// noJSON describes the error of a body that is not JSON. A missing body is not an error.
func noJSON(err error) error {
	var wrong *json.SyntaxError
	switch {
	case errors.As(err, &wrong):
		return errors.New("the body is not JSON: " + wrong.Error() + ", at byte " + strconv.FormatInt(wrong.Offset, 10))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the body is not JSON: it ends too early")
	}
	return err
}

// position matches the beginning of protojson's errors. After "proto:" is one of two kinds of space, which depends on
// the build.
var position = regexp.MustCompile(`^proto:[ \x{a0}](?:syntax error )?\(line (\d+):(\d+)\): (.*)`)

// misplacedIn adds the path of names to an error of protojson.
func misplacedIn(body []byte, err error) error {
	found := position.FindStringSubmatch(err.Error())
	if found == nil {
		_, says, _ := strings.Cut(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
		return errors.New("the body cannot be read: " + says)
	}
	line, _ := strconv.Atoi(found[1]) // the pattern matches only digits
	column, _ := strconv.Atoi(found[2])
	names, _ := namesAt(json.NewDecoder(bytes.NewReader(body)), offsetOf(body, line, column))
	return misread{names, found[3]}
}

// offsetOf returns the byte offset of a line and a column, which counts characters.
func offsetOf(text []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		at += bytes.IndexByte(text[at:], '\n') + 1
	}
	for i := range string(text[at:]) {
		if column--; column == 0 {
			return at + i
		}
	}
	return len(text)
}

// namesAt returns the names and indices that lead from the next value of a JSON text to the token at an offset, if that
// token is in the value. The path to a name ends with the name itself.
func namesAt(d *json.Decoder, offset int) ([]string, bool) {
	token, err := d.Token()
	reached := func() bool { return err != nil || int(d.InputOffset()) > offset }
	if delimiter, ok := token.(json.Delim); !ok || reached() {
		return nil, reached()
	} else if delimiter == '[' {
		for i := 0; d.More(); i++ {
			if names, ok := namesAt(d, offset); ok {
				return append([]string{strconv.Itoa(i)}, names...), true
			}
		}
	}
	for d.More() { // only in an object: the elements of a list have all been read
		token, err = d.Token()
		name := fmt.Sprint(token)
		if reached() {
			return []string{name}, true
		}
		if names, ok := namesAt(d, offset); ok {
			return append([]string{name}, names...), true
		}
	}
	_, err = d.Token()
	return nil, reached()
}
