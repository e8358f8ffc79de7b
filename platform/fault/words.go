package fault

import (
	"fmt"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/label"
)

// words complete the sentence that the name of a field begins, in both languages of error messages.
type words struct{ en, zh string }

var (
	notEmpty = words{"must not be empty", "不能为空"}
	given    = words{"must be given", "必须填写"}
)

// words returns what a constraint requires. A rule of wancun.resource.v1 declares its own words. The words for the
// rules of protovalidate are here, because those of the library contain regular expressions and have one language.
func (c constraint) words() words {
	if text, ok := c.given.Interface().(string); ok && text == "" {
		return notEmpty
	}
	if c.rule != nil && c.rule.IsExtension() {
		return declared(c.rule)
	}
	kind, rule, _ := strings.Cut(c.id, ".")
	switch kind {
	case "required":
		return given
	case "string":
		return c.textWords(rule)
	case "repeated":
		return c.listWords(rule)
	case "enum":
		return c.enumWords(rule)
	case "int32", "int64", "uint32", "uint64", "float", "double":
		return c.boundWords()
	}
	return words{}
}

// RuleWords returns the words of a rule of wancun.resource.v1, for errors about a part of a value.
func RuleWords(rule protoreflect.FieldDescriptor) (english, chinese string) {
	w := declared(rule)
	return w.en, w.zh
}

// declared returns the words that a rule declares in the protos.
func declared(rule protoreflect.FieldDescriptor) words {
	of, _ := proto.GetExtension(rule.Options(), validate.E_Predefined).(*validate.PredefinedRules)
	zh, _ := proto.GetExtension(rule.Options(), resourcev1.E_WordsZh).(string)
	if len(of.GetCel()) != 1 {
		return words{}
	}
	return words{of.GetCel()[0].GetMessage(), zh}
}

func (c constraint) textWords(rule string) words {
	switch rule {
	case "min_len":
		if c.value.Uint() == 1 {
			return notEmpty
		}
		return words{fmt.Sprintf("must have at least %s characters", c.value), fmt.Sprintf("至少 %s 个字符", c.value)}
	case "max_len":
		return words{fmt.Sprintf("must have at most %s characters", c.value), fmt.Sprintf("最多 %s 个字符", c.value)}
	}
	return words{}
}

func atMost(elements uint64) words {
	return words{fmt.Sprintf("must have at most %d elements", elements), fmt.Sprintf("最多 %d 项", elements)}
}

// TooMany returns the violation of a list with more elements than its constraint allows, equal to that of [Validation].
// It is for code that counts the elements before it decodes the message.
func TooMany(field string, most int) Violation {
	w := atMost(uint64(most)) //nolint:gosec // a count
	return Violation{Field: field, Reason: "REPEATED_MAX_ITEMS", Description: w.en, Chinese: w.zh}
}

func (c constraint) listWords(rule string) words {
	switch rule {
	case "min_items":
		if c.value.Uint() == 1 {
			return notEmpty
		}
		return words{fmt.Sprintf("must have at least %s elements", c.value), fmt.Sprintf("至少 %s 项", c.value)}
	case "max_items":
		return atMost(c.value.Uint())
	case "unique":
		return words{"must not have the same element twice", "各项不能重复"}
	}
	return words{}
}

// enumWords lists the allowed values of a field. The zero value means that none is given.
func (c constraint) enumWords(rule string) words {
	enum := c.field.Enum()
	if enum == nil || rule != "defined_only" && rule != "not_in" && rule != "in" {
		return words{}
	}
	if rule == "in" {
		return oneOf(valuesOf(enum, c.lists))
	}
	if n, ok := c.given.Interface().(protoreflect.EnumNumber); ok && n == 0 {
		names := valuesOf(enum, nil)
		return words{"must be given: one of " + names.en, "必须填写：" + names.zh + "之一"}
	}
	return oneOf(valuesOf(enum, nil))
}

// lists reports whether the value of a rule `in` has a number.
func (c constraint) lists(n protoreflect.EnumNumber) bool {
	for i := range c.value.List().Len() {
		if c.value.List().Get(i).Int() == int64(n) {
			return true
		}
	}
	return false
}

// OneOf returns the words that ask for a value of an enum. The Chinese text has the label before the name of each
// value.
func OneOf(enum protoreflect.EnumDescriptor) (english, chinese string) {
	w := oneOf(valuesOf(enum, nil))
	return w.en, w.zh
}

func oneOf(names words) words {
	return words{"must be one of " + names.en, "须为" + names.zh + "之一"}
}

// valuesOf lists the values of an enum except the zero value, and except those that are not allowed. nil allows all.
func valuesOf(enum protoreflect.EnumDescriptor, allowed func(protoreflect.EnumNumber) bool) words {
	var en, zh []string
	for i := range enum.Values().Len() {
		if value := enum.Values().Get(i); value.Number() != 0 && (allowed == nil || allowed(value.Number())) {
			name := string(value.Name())
			en, zh = append(en, name), append(zh, label.Value(value).Zh+"（"+name+"）")
		}
	}
	return words{strings.Join(en, ", "), strings.Join(zh, "、")}
}

// boundWords describes both bounds of a number, whichever was violated.
func (c constraint) boundWords() words {
	if c.among == nil {
		return words{}
	}
	var en, zh []string
	for _, b := range []struct {
		name protoreflect.Name
		words
	}{
		{"gt", words{"greater than ", "大于 "}}, {"gte", words{"at least ", "不小于 "}},
		{"lt", words{"less than ", "小于 "}}, {"lte", words{"at most ", "不大于 "}},
	} {
		if f := c.among.Descriptor().Fields().ByName(b.name); f != nil && c.among.Has(f) {
			n := c.amount(c.among.Get(f))
			en, zh = append(en, b.en+n.En), append(zh, b.zh+n.Zh)
		}
	}
	if en == nil {
		return words{}
	}
	return words{"must be " + strings.Join(en, " and "), "须" + strings.Join(zh, "，且")}
}

// amount formats a bound for people.
func (c constraint) amount(bound protoreflect.Value) label.Words {
	if n, err := strconv.ParseInt(bound.String(), 10, 64); err == nil {
		return label.Amount(c.field, n)
	}
	return label.Words{Zh: bound.String(), En: bound.String()}
}
