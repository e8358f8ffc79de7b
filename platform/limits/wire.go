package limits

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxDepth is the greatest depth of nested messages. The messages of the contract need a fifth of it.
const maxDepth = 50

var (
	errTooDeep   = errors.New("messages contain each other too often")
	errMalformed = errors.New("not a message")
)

// Wire estimates the memory that an encoded message takes once it is decoded. It returns an *[Excess] at the first list
// with too many elements. Any other error means that data is not a valid message.
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
		if f == nil { // decoding keeps an unknown field as it is
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
		if kind != protowire.BytesType {
			continue
		}
		inside, excess, err := f.inside(value, index, depth)
		if excess != nil || err != nil {
			return 0, excess, err
		}
		bytes += inside
	}
	return bytes, nil, nil
}

// inside returns the bytes that a text or a message in the field takes. index is its place in the list, negative if the
// field is not a list.
func (f *field) inside(value []byte, index, depth int) (int64, *Excess, error) {
	if f.message == nil {
		return headBytes + int64(len(value)), nil, nil
	}
	bytes, excess, err := f.message.wire(value, depth+1)
	if excess != nil {
		return 0, excess.within(f, index), nil
	}
	return bytes, nil, err
}

// elements returns the number of list elements in one field on the wire.
func (f *field) elements(kind protowire.Type, value []byte) int {
	switch {
	case kind != protowire.BytesType || f.width == 0:
		return 1
	case f.width > 1:
		return len(value) / f.width
	}
	n := 0
	for _, b := range value { // the last byte of each number is below 128
		if b < 0x80 {
			n++
		}
	}
	return n
}
