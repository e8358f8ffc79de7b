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

// dayField is a field of a message in which callers give days, by itself or further in.
type dayField struct {
	protoreflect.FieldDescriptor
	required bool
	past     bool       // its days are not after today
	within   []dayField // of a message that is no day itself
}

// dayFieldsOf finds the fields of a message that hold days. Messages that contain themselves are looked at once.
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

// wrongDays are the violations of the fields of a message that hold no day of the calendar or, where the proto says so, a day
// after today.
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

// wrong are the violations of one value of the field. Their fields continue the path that the field ends: `.valid_from`, or
// nothing for the value itself.
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

// checkDays refuses a message whose days are not those of the calendar, or later than its fields allow at a time.
func (s *Store[M]) checkDays(m M, at time.Time) error {
	if wrong := wrongDays(s.shape.days, m.ProtoReflect(), day.Today(at)); len(wrong) > 0 {
		return fault.InvalidAll(wrong)
	}
	return nil
}
