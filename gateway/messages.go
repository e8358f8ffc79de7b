package gateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/limits"
)

// messagesBody is the body of an RPC with a stream of requests: a JSON message on each line. It is read message by
// message, and takes the memory of one message from the budget.
type messagesBody struct {
	io.ReadCloser
	lines  *bufio.Reader
	shape  *limits.Shape
	hold   *limits.Hold
	rows   int   // in the requests of the messages before
	failed error // why the body could not be read; nil if it could
}

func newMessagesBody(body io.ReadCloser, shape *limits.Shape, hold *limits.Hold) *messagesBody {
	return &messagesBody{ReadCloser: body, lines: bufio.NewReaderSize(body, 64<<10), shape: shape, hold: hold}
}

// decode reads the next message. It returns io.EOF after the last.
func (b *messagesBody) decode(m proto.Message) error {
	line, err := b.line()
	if err != nil {
		return err
	}
	if json.Unmarshal(line, new(verbatim)) != nil {
		return status.Error(codes.InvalidArgument, notOne(line).Error())
	}
	size, err := b.shape.JSON(line)
	if excess := (*limits.Excess)(nil); errors.As(err, &excess) {
		return fault.InvalidAll([]fault.Violation{fault.TooMany(excess.Field, excess.Most)})
	}
	if err := b.hold.Take(2 * size); err != nil {
		return err
	}
	if err := protojson.Unmarshal(line, m); err != nil {
		return status.Error(codes.InvalidArgument, b.numbered(misplacedIn(line, err)).Error())
	}
	if f := m.ProtoReflect().Descriptor().Fields().ByName("requests"); f != nil {
		b.rows += m.ProtoReflect().Get(f).List().Len()
	}
	return nil
}

// line reads the next line that is not empty. It takes the memory of the largest line in place of that of the message
// before.
func (b *messagesBody) line() ([]byte, error) {
	b.hold.Give()
	if err := b.hold.Take(limits.Single); err != nil {
		return nil, err
	}
	var line []byte
	for {
		part, err := b.lines.ReadSlice('\n')
		if len(line)+len(part) > limits.Single {
			return nil, fault.Exhausted(limits.ReasonMessage, 0,
				"the request has more than %s, the most that this method takes", limits.InWords(limits.Single))
		}
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && !errors.Is(err, io.EOF):
			b.failed = err
			return nil, err
		case len(bytes.TrimSpace(line)) > 0:
			return line, nil
		case err != nil:
			return nil, err
		default:
			line = line[:0]
		}
	}
}

// numbered returns an error about a place in a message with the number of the row among the rows of all messages.
func (b *messagesBody) numbered(err error) error {
	var at misread
	if !errors.As(err, &at) || len(at.Names) < 2 || at.Names[0] != "requests" {
		return err
	}
	row, wrong := strconv.Atoi(at.Names[1])
	if wrong != nil {
		return err
	}
	at.Names[1] = strconv.Itoa(b.rows + row)
	return at
}
