package rollup

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/services/report/internal/facts"
)

// kinds are the sources by the full names of their messages.
type kinds map[string]facts.Source

func kindsOf(sources []facts.Source) kinds {
	k := make(kinds, len(sources))
	for _, s := range sources {
		k[s.Message] = s
	}
	return k
}

// change is what report uses of one entry. The parts are empty for an entry of an unknown type.
type change struct {
	position, revision int64
	name               string
	facts              []fact
	campaign           []byte // the serialized Campaign
	division           *villagev1.Division
	succession         *villagev1.Succession
}

// decode decodes entries. It ignores types that report does not know.
func (k kinds) decode(entries []*journalv1.Entry) ([]change, error) {
	out := make([]change, len(entries))
	for i, e := range entries {
		var r journalv1.Record
		if err := proto.Unmarshal(e.GetRecord(), &r); err != nil {
			return nil, fmt.Errorf("decode entry %d: %w", e.GetPosition(), err)
		}
		out[i] = change{position: e.GetPosition(), revision: r.GetRevision(), name: r.GetResource()}
		if err := out[i].read(k, &r); err != nil {
			return nil, fmt.Errorf("decode entry %d (%s): %w", e.GetPosition(), r.GetResource(), err)
		}
	}
	return out, nil
}

func (c *change) read(k kinds, r *journalv1.Record) error {
	message, body := string(r.GetBody().MessageName()), r.GetBody().GetValue()
	if source, counted := k[message]; counted {
		if err := c.count(source, body); err != nil {
			return err
		}
	}
	switch message {
	case "wancun.action.v1.Campaign":
		c.campaign = body
		return proto.Unmarshal(body, &actionv1.Campaign{})
	case "wancun.village.v1.Division":
		if !strings.HasSuffix(r.GetResource(), "000000") {
			return nil // figures are not shown by township or village
		}
		c.division = &villagev1.Division{}
		return proto.Unmarshal(body, c.division)
	case "wancun.village.v1.Succession":
		c.succession = &villagev1.Succession{}
		return proto.Unmarshal(body, c.succession)
	default:
		return nil
	}
}

// count sets the facts of the change.
func (c *change) count(source facts.Source, body []byte) error {
	made, err := source.Read(c.name, body)
	if err != nil {
		return err
	}
	c.facts = make([]fact, len(made))
	for i, f := range made {
		c.facts[i] = newFact(source, f, c.name, c.revision, int64(i), c.position)
	}
	return nil
}

// latest returns the newest revision of each resource among the changes for which keep returns true, sorted by name.
func latest(changes []change, keep func(change) bool) []change {
	newest := map[string]change{}
	for _, c := range changes {
		if keep(c) && c.revision >= newest[c.name].revision {
			newest[c.name] = c
		}
	}
	return slices.SortedFunc(maps.Values(newest), func(a, b change) int { return cmp.Compare(a.name, b.name) })
}
