package facts

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/day"
)

// Measure is what a value was given in. Values of different measures are never added silently. The numbers are stored.
type Measure int64

// The measures. They are those of wancun.action.v1.Delivery.Measure.
const (
	Unvalued Measure = iota
	Cash
	Goods
	Services
)

// Stage is how far a fact has come. Each is a bit. The bits are stored: append new ones.
type Stage int64

// The stages. A fact counts in each stage that it has reached, so a confirmed delivery is recorded as well.
const (
	Recorded Stage = 1 << iota
	Confirmed
	Disputed
	Submitted
	Verified
	Approved
)

// allStages are those above, in their order.
func allStages() []Stage {
	return []Stage{Recorded, Confirmed, Disputed, Submitted, Verified, Approved}
}

// String is the stage's name in formulas.
func (s Stage) String() string {
	return map[Stage]string{
		Recorded: "RECORDED", Confirmed: "CONFIRMED", Disputed: "DISPUTED", Submitted: "SUBMITTED", Verified: "VERIFIED", Approved: "APPROVED",
	}[s]
}

// StageOf is the stage of a name; 0 if there is none.
func StageOf(name string) Stage {
	for _, s := range allStages() {
		if s.String() == name {
			return s
		}
	}
	return 0
}

// Stages is a set of stages: the sum of their bits. A fact without any counts nowhere.
type Stages int64

// In is the set of the stages given.
func In(stages ...Stage) Stages {
	var set Stages
	for _, s := range stages {
		set |= Stages(s)
	}
	return set
}

// Has says whether a stage is in the set.
func (s Stages) Has(stage Stage) bool { return s&Stages(stage) != 0 }

// Dimension is a kind of things of which different ones are counted. The texts are stored.
type Dimension string

// The dimensions. Organization and Village follow from columns of the fact; the members of others are rows.
const (
	Organization Dimension = "organization"
	Village      Dimension = "village"
	Household    Dimension = "household"
	Person       Dimension = "person"
)

// Member is one of the things that stand behind a fact, in a dimension without a column: a keyed hash for a person.
type Member struct {
	Dimension Dimension
	ID        string
}

// Country is the code of the country as a whole, as the register of organizations has it.
const Country = 100000000000

// Fact is what one resource adds to figures. Its zero value is one, in the country as a whole, and in no stage.
type Fact struct {
	// Parent is what it belongs to: a campaign, a scope, or "" for what no campaign owns.
	Parent string
	// Action and Indicator are ids of the campaign, "" if it names none.
	Action, Indicator string
	// Measure is that of Fen.
	Measure Measure
	// Attributes are further declared fields that filters may ask for.
	Attributes Attributes
	// Stages are those that it has reached.
	Stages Stages
	// Place is a code of 12 digits; 0 is the country as a whole.
	Place int64
	// Day is when it happened, or the first day on which it holds.
	Day day.Day
	// Until is the first day on which it no longer holds, [day.Never] while it lasts; 0 for what happens on one day.
	Until day.Day
	// Count, Quantity and Fen are what it adds. A Count of 0 means 1.
	Count, Quantity, Fen int64
	// Organization is who did it, by its USCC; "" if no organization did.
	Organization string
	// Members are the things behind it in other dimensions.
	Members []Member
}

// Attributes are names and values in one canonical text: level=PROVINCIAL;type=FOUNDATION.
type Attributes string

// Attrs makes attributes of names and values by turns. Values are enum names, slugs and codes: without ; and =.
func Attrs(namesAndValues ...string) Attributes {
	var parts []string
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		parts = append(parts, namesAndValues[i]+"="+namesAndValues[i+1])
	}
	return Attributes(strings.Join(parts, ";"))
}

// Get is the value of an attribute; false if there is none.
func (a Attributes) Get(name string) (string, bool) {
	for part := range strings.SplitSeq(string(a), ";") {
		if n, v, _ := strings.Cut(part, "="); n == name {
			return v, true
		}
	}
	return "", false
}

// Class is what facts that no figure tells apart have in common.
type Class struct {
	Source     string     `db:"source"`
	Parent     string     `db:"parent"`
	Action     string     `db:"action"`
	Indicator  string     `db:"indicator"`
	Measure    Measure    `db:"measure"`
	Attributes Attributes `db:"attributes"`
}

// ClassOf is the class of a fact of a source.
func ClassOf(source string, f Fact) Class {
	return Class{source, f.Parent, f.Action, f.Indicator, f.Measure, f.Attributes}
}

// ID is the class's key in stored rows, the same in every process.
func (c Class) ID() int64 { return id("class", c.key()) }

func (c Class) key() string {
	return strings.Join([]string{c.Source, c.Parent, c.Action, c.Indicator, strconv.FormatInt(int64(c.Measure), 10), string(c.Attributes)}, "\x00")
}

// String names the columns that the class has: source=deliveries parent=campaigns/x action=bright measure=0.
func (c Class) String() string {
	var parts []string
	for _, p := range [][2]string{
		{"source", c.Source}, {"parent", c.Parent}, {"action", c.Action}, {"indicator", c.Indicator},
		{"measure", strconv.FormatInt(int64(c.Measure), 10)}, {"attributes", string(c.Attributes)},
	} {
		if p[1] != "" {
			parts = append(parts, p[0]+"="+p[1])
		}
	}
	return strings.Join(parts, " ")
}

// id hashes a key to 62 bits: among a million keys two have the same id once in nine million times, which the audit
// would name.
func id(kind, key string) int64 {
	sum := sha256.Sum256([]byte(kind + "\x00" + key))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 2) //nolint:gosec // 62 bits
}
