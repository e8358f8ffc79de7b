package main

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/machine"
)

// Transition is how one operation changes the state of a resource, as wancun/resource/v1/resource.proto describes it.
type Transition struct {
	Operation  string   `json:"operationId"`
	From       []string `json:"from,omitempty"`
	To         string   `json:"to,omitempty"`
	Reopens    string   `json:"reopens,omitempty"`
	Answer     string   `json:"answer,omitempty"`
	OtherParty bool     `json:"otherParty,omitempty"`
	Who        string   `json:"who,omitempty"`
	When       string   `json:"when,omitempty"`
	Why        string   `json:"why,omitempty"`
	Clears     []string `json:"clears,omitempty"`
}

// addTransitions adds its state machine to the schema of each resource that has one.
func (d *Document) addTransitions(c *Contract) error {
	machines, err := machine.All(c.files)
	if err != nil {
		return err
	}
	for _, m := range machines {
		if schema := d.Components.Schemas[string(m.Kind().FullName())]; schema != nil {
			schema.Transitions = transitionsOf(m)
		}
	}
	return nil
}

func transitionsOf(m *machine.Machine) []Transition {
	all := make([]Transition, len(m.Transitions))
	for i, t := range m.Transitions {
		all[i] = Transition{
			Operation: operationID(t.Method), To: valueName(t.To), Reopens: valueName(t.Reopens), OtherParty: t.OtherParty,
			Who: jsonName(t.Who), When: jsonName(t.When), Why: jsonName(t.Why),
		}
		for _, from := range t.From {
			all[i].From = append(all[i].From, valueName(from))
		}
		for _, cleared := range t.Clears {
			all[i].Clears = append(all[i].Clears, jsonName(cleared))
		}
		if t.Answer != 0 {
			all[i].Answer = t.Answer.String()
		}
	}
	return all
}

func valueName(v protoreflect.EnumValueDescriptor) string {
	if v == nil {
		return ""
	}
	return string(v.Name())
}

func jsonName(f protoreflect.FieldDescriptor) string {
	if f == nil {
		return ""
	}
	return f.JSONName()
}
