package limits

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxDepth is how deep messages may contain messages. Those of the contract need a fifth of it.
const maxDepth = 50

var (
	errTooDeep   = errors.New("messages contain each other too often")
	errMalformed = errors.New("not a message")
)

// Wire estimates the memory that an encoded message takes once it is decoded. A list with too many elements is an *[Excess],
// and found without a look at the rest. Other errors mean that the bytes are no message.
func (s *Shape) Wire(data []byte) (int64, error) {
	bytes, excess, err := s.wire(data, 0)
	if excess != nil {
		return 0, excess
	}
	return bytes, err
}

func (s *Shape) wire(data []byte, depth int) (bytes int64, _ *Excess, _ error) {
	if depth > maxDepth {
		return 0, nil, errTooDeep
	}
	bytes = s.own
	var counts []int
	if s.lists > 0 {
		counts = make([]int, s.lists)
	}
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return 0, nil, errMalformed
		}
		data = data[n:]
		size := protowire.ConsumeFieldValue(number, kind, data)
		if size < 0 {
			return 0, nil, errMalformed
		}
		value := data[:size]
		data = data[size:]
		f := s.fields[number]
		if f == nil { // decoding keeps it as it is
			bytes += int64(n + size)
			continue
		}
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(value)
		}
		index := -1
		if f.list {
			index = counts[f.nth]
			counts[f.nth] += f.elements(kind, value)
			if f.most > 0 && counts[f.nth] > f.most {
				return 0, &Excess{f.name, f.most}, nil
			}
			bytes += pointerBytes * int64(counts[f.nth]-index)
		}
		switch {
		case f.message != nil && kind == protowire.BytesType:
			inside, excess, err := f.message.wire(value, depth+1)
			if excess != nil {
				return 0, excess.within(f, index), nil
			}
			if err != nil {
				return 0, nil, err
			}
			bytes += inside
		case kind == protowire.BytesType:
			bytes += headBytes + int64(len(value))
		}
	}
	return bytes, nil, nil
}

// elements is how many elements of a list a field on the wire has.
func (f *field) elements(kind protowire.Type, value []byte) int {
	switch {
	case kind != protowire.BytesType || f.width == 0:
		return 1
	case f.width > 1:
		return len(value) / f.width
	}
	n := 0
	for _, b := range value { // each number ends with a byte below 128
		if b < 0x80 {
			n++
		}
	}
	return n
}
