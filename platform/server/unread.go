package server

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
)

// unread finds fields that a caller sent and this server does not know. Protobuf keeps unknown fields silently: the
// server would apply a request of a newer contract in part and answer as if it had applied all of it.
type unread map[protoreflect.FullName][]protoreflect.FieldDescriptor // by message type: the fields that hold messages

func newUnread(messages []protoreflect.MessageDescriptor) unread {
	u := unread{}
	for _, d := range messages {
		for i := range d.Fields().Len() {
			if f := d.Fields().Get(i); f.Message() != nil && !f.IsMap() {
				u[d.FullName()] = append(u[d.FullName()], f)
			}
		}
	}
	return u
}

// check refuses the first unknown field. The error names the message that contains it.
func (u unread) check(m protoreflect.Message) error {
	if raw := m.GetUnknown(); len(raw) > 0 {
		number, _, _ := protowire.ConsumeTag(raw)
		return fault.Invalid("", "UNKNOWN_FIELD", "has a field of number %d, which is not in the contract of this server", number)
	}
	for _, f := range u[m.Descriptor().FullName()] {
		if !m.Has(f) {
			continue
		}
		if !f.IsList() {
			if err := u.check(m.Get(f).Message()); err != nil {
				return fault.In(string(f.Name()), err)
			}
			continue
		}
		list := m.Get(f).List()
		for i := range list.Len() {
			if err := u.check(list.Get(i).Message()); err != nil {
				return fault.In(string(f.Name())+"["+strconv.Itoa(i)+"]", err)
			}
		}
	}
	return nil
}
