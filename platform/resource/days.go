package resource

import (
	"fmt"
	"slices"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// dayField is a field in which callers give days, directly or in nested messages.
type dayField struct {
	protoreflect.FieldDescriptor
	required bool
	past     bool       // its days must not be after today
	within   []dayField // of a message that contains days
}

// dayFieldsOf returns the fields of a message that hold days. It visits recursive messages once.
func dayFieldsOf(d protoreflect.MessageDescriptor, above ...protoreflect.FullName) []dayField {
	if slices.Contains(above, d.FullName()) {
		return nil
	}
	var found []dayField
	for i := range d.Fields().Len() {
		f := dayField{FieldDescriptor: d.Fields().Get(i)}
		if f.Message() == nil || f.IsMap() || isOutputOnly(f) {
			continue
		}
		f.past, _ = proto.GetExtension(f.Options(), resourcev1.E_NotAfterToday).(bool)
		rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
		f.required = rules.GetRequired()
		if f.within = dayFieldsOf(f.Message(), append(above, d.FullName())...); f.within != nil || isDay(f.Message()) {
			found = append(found, f)
		}
	}
	return found
}

func isDay(d protoreflect.MessageDescriptor) bool {
	return d.FullName() == (*date.Date)(nil).ProtoReflect().Descriptor().FullName()
}

// wrongDays returns a violation for each field of a message that holds an invalid calendar day, or a day after today
// where the proto forbids it.
func wrongDays(fields []dayField, m protoreflect.Message, today day.Day) []fault.Violation {
	var found []fault.Violation
	for i := range fields {
		f := &fields[i]
		switch {
		case !m.Has(f.FieldDescriptor):
		case f.IsList():
			list := m.Get(f.FieldDescriptor).List()
			for n := range list.Len() {
				for _, v := range f.wrong(list.Get(n).Message(), today) {
					v.Field = fmt.Sprintf("%s[%d]%s", f.Name(), n, v.Field)
					found = append(found, v)
				}
			}
		default:
			for _, v := range f.wrong(m.Get(f.FieldDescriptor).Message(), today) {
				v.Field = string(f.Name()) + v.Field
				found = append(found, v)
			}
		}
	}
	return found
}

// wrong returns the violations of one value of the field. Their fields continue the path of the field: `.valid_from`,
// or "" for the value itself.
func (f *dayField) wrong(m protoreflect.Message, today day.Day) []fault.Violation {
	given, isDate := m.Interface().(*date.Date)
	if !isDate {
		found := wrongDays(f.within, m, today)
		for i := range found {
			found[i].Field = "." + found[i].Field
		}
		return found
	}
	on, ok := day.Of(given)
	switch {
	case !ok && f.required:
		return []fault.Violation{fault.Violated("", "NOT_A_DAY", "must be a day of the calendar")}
	case !ok:
		return []fault.Violation{fault.Violated("", "NOT_A_DAY", "must be a day of the calendar, or absent")}
	case f.past && on > today:
		return []fault.Violation{fault.Violated("", "IN_THE_FUTURE", "must not be after today")}
	}
	return nil
}

// checkDays refuses a message with invalid calendar days, or with days that are later than its fields allow.
func (s *Store[M]) checkDays(m M, at time.Time) error {
	if wrong := wrongDays(s.shape.days, m.ProtoReflect(), day.Today(at)); len(wrong) > 0 {
		return fault.InvalidAll(wrong)
	}
	return nil
}
