package main

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/label"
	"github.com/wancun/wancun/platform/machine"
)

const head = `# The states of resources

Written by ` + "`make gen`" + ` from the ` + "`transition`" + ` options of the protos, which the servers enforce. A call in a state from
which no arrow with its name leads is refused with FAILED_PRECONDITION and the reason WRONG_STATE.

A caller that *affirms* or *denies* is not one of the resource's authors. *Another party* is a caller with a role that no
author had. Batches are not shown: their rows begin as those of the method that creates one.
`

// page returns the document of all machines.
func page(machines []*machine.Machine) string {
	var out strings.Builder
	out.WriteString(head)
	for _, m := range machines {
		words := label.Kind(m.Kind())
		fmt.Fprintf(&out, "\n## %s %s\n\n", words.En, words.Zh)
		fmt.Fprintf(&out, "```mermaid\nstateDiagram-v2\n")
		for _, v := range m.States() {
			fmt.Fprintf(&out, "    %s: %s %s\n", v.Name(), v.Name(), label.Value(v).Zh)
		}
		for _, a := range arrows(m) {
			fmt.Fprintf(&out, "    %s --> %s: %s\n", a.from, a.to, strings.Join(a.by, ", "))
		}
		out.WriteString("```\n\n| method | asks for | keeps |\n| --- | --- | --- |\n")
		for _, t := range m.Transitions {
			fmt.Fprintf(&out, "| %s %s | %s | %s |\n", t.Method.Name(), label.Verb(t.Method).Zh, asks(t), keeps(t))
		}
	}
	return out.String()
}

// arrow is an arrow of a diagram with the names of the methods that lead along it.
type arrow struct {
	from, to protoreflect.Name
	by       []string
}

// arrows returns the arrows of a machine, in the order of its transitions. Transitions between the same states share one.
func arrows(m *machine.Machine) []arrow {
	var all []arrow
	add := func(from, to protoreflect.Name, by string) {
		i := slices.IndexFunc(all, func(a arrow) bool { return a.from == from && a.to == to })
		if i < 0 {
			i, all = len(all), append(all, arrow{from: from, to: to})
		}
		all[i].by = append(all[i].by, by)
	}
	for _, t := range m.Transitions {
		method := string(t.Method.Name())
		if len(t.From) == 0 {
			add("[*]", t.To.Name(), method)
		}
		for _, from := range t.From {
			if to := t.To; to != nil {
				add(from.Name(), to.Name(), method)
				continue
			}
			add(from.Name(), from.Name(), method)
			if t.Reopens != nil && m.AnswerIn(from.Number()) != 0 {
				add(from.Name(), t.Reopens.Name(), method+" of a vetted field")
			}
		}
	}
	return all
}

// asks returns what a transition asks of its caller.
func asks(t *machine.Transition) string {
	var all []string
	switch t.Answer {
	case resourcev1.Transition_AFFIRMS:
		all = append(all, "a person who affirms")
	case resourcev1.Transition_DENIES:
		all = append(all, "a person who denies")
	case resourcev1.Transition_ANSWER_UNSPECIFIED:
	}
	if t.OtherParty {
		all = append(all, "another party")
	}
	if t.Why != nil {
		all = append(all, "a reason")
	}
	return strings.Join(all, ", ")
}

// keeps returns the fields that a transition writes and those that it clears.
func keeps(t *machine.Transition) string {
	var all []string
	for _, f := range []protoreflect.FieldDescriptor{t.Who, t.When, t.Why} {
		if f != nil {
			all = append(all, "`"+string(f.Name())+"`")
		}
	}
	when := ""
	if t.Reopens != nil {
		when = " if a vetted field changes"
	}
	for _, f := range t.Clears {
		all = append(all, "clears `"+string(f.Name())+"`"+when)
	}
	return strings.Join(all, ", ")
}
