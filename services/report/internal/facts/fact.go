package facts

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/day"
)

// Measure is the form in which a value was given: cash, goods or services. Values of different measures are added only
// to compare a mixed figure with what was stated. The numbers are stored.
type Measure int64

// The measures, equal to those of wancun.action.v1.Delivery.Measure.
const (
	Unvalued Measure = iota
	Cash
	Goods
	Services
)

// Stage is how far a fact has come. Each stage is a bit. The bits are stored: append new stages at the end.
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

// allStages returns all stages in the order of their bits.
func allStages() []Stage {
	return []Stage{Recorded, Confirmed, Disputed, Submitted, Verified, Approved}
}

// String returns the name of the stage in formulas.
func (s Stage) String() string {
	return map[Stage]string{
		Recorded: "RECORDED", Confirmed: "CONFIRMED", Disputed: "DISPUTED", Submitted: "SUBMITTED", Verified: "VERIFIED", Approved: "APPROVED",
	}[s]
}

// StageOf returns the stage with this name, or 0 if there is none.
func StageOf(name string) Stage {
	for _, s := range allStages() {
		if s.String() == name {
			return s
		}
	}
	return 0
}

// Stages is a set of stages: the sum of their bits. A fact with an empty set counts nowhere.
type Stages int64

// All returns the stages of the set, in the order of their bits.
func (s Stages) All() iter.Seq[Stage] {
	return func(yield func(Stage) bool) {
		for left := s; left != 0; left &= left - 1 {
			if !yield(Stage(left & -left)) { // the lowest bit
				return
			}
		}
	}
}

// In returns the set of these stages.
func In(stages ...Stage) Stages {
	var set Stages
	for _, s := range stages {
		set |= Stages(s)
	}
	return set
}

// Has reports whether a stage is in the set.
func (s Stages) Has(stage Stage) bool { return s&Stages(stage) != 0 }

// Dimension is a kind of member for distinct counts. The texts are stored.
type Dimension string

// The dimensions. Members of Organization and Village are columns of the fact; members of other dimensions are separate
// rows.
const (
	Organization Dimension = "organization"
	Village      Dimension = "village"
	Household    Dimension = "household"
	Person       Dimension = "person"
)

// Member is a member of a fact in a dimension without a column. The ID of a person is a keyed hash.
type Member struct {
	Dimension Dimension
	ID        string
}

// Country is the code of the whole country in the register of organizations.
const Country = 100000000000

// Fact is the contribution of one resource to figures. The zero value counts 1, in the whole country, and has reached
// no stage.
type Fact struct {
	// Parent is the resource that the fact belongs to: a campaign, a scope, or "" if it belongs to no campaign.
	Parent string
	// Action and Indicator are ids within the campaign, "" if the fact has none.
	Action, Indicator string
	// Measure is the measure of Fen.
	Measure Measure
	// Attributes are further declared fields that filters can use.
	Attributes Attributes
	// Stages are the stages that the fact has reached.
	Stages Stages
	// Place is a code of 12 digits. 0 means the whole country.
	Place int64
	// Day is the day on which the fact happened, or the first day on which it holds.
	Day day.Day
	// Until is the first day on which the fact no longer holds, [day.Never] if its end is unknown, or 0 for a fact of a
	// single day.
	Until day.Day
	// Count, Quantity and Fen are added to sums. A Count of 0 means 1.
	Count, Quantity, Fen int64
	// Organization is the USCC of the organization of the fact, or "" if it has none.
	Organization string
	// Members are the members of the fact in dimensions without a column.
	Members []Member
}

// Attributes are names and values in canonical form: level=PROVINCIAL;type=FOUNDATION.
type Attributes string

// Attrs returns attributes from alternating names and values. Values are enum names, slugs or codes, which contain
// neither ; nor =.
func Attrs(namesAndValues ...string) Attributes {
	var parts []string
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		parts = append(parts, namesAndValues[i]+"="+namesAndValues[i+1])
	}
	return Attributes(strings.Join(parts, ";"))
}

// Get returns the value of an attribute, or false if there is none.
func (a Attributes) Get(name string) (string, bool) {
	for part := range strings.SplitSeq(string(a), ";") {
		if n, v, _ := strings.Cut(part, "="); n == name {
			return v, true
		}
	}
	return "", false
}

// Class holds the properties by which formulas can select facts. Facts with equal properties have one class.
type Class struct {
	Source     string     `db:"source"`
	Parent     string     `db:"parent"`
	Action     string     `db:"action"`
	Indicator  string     `db:"indicator"`
	Measure    Measure    `db:"measure"`
	Attributes Attributes `db:"attributes"`
}

// ClassOf returns the class of a fact.
func ClassOf(source string, f Fact) Class {
	return Class{source, f.Parent, f.Action, f.Indicator, f.Measure, f.Attributes}
}

// ID returns the key of the class in stored rows. It is the same in every process.
func (c Class) ID() int64 { return id("class", c.key()) }

func (c Class) key() string {
	return strings.Join([]string{c.Source, c.Parent, c.Action, c.Indicator, strconv.FormatInt(int64(c.Measure), 10), string(c.Attributes)}, "\x00")
}

// String lists the columns of the class that are not empty: source=deliveries parent=campaigns/x action=bright
// measure=0.
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

// id hashes a key to 62 bits. Among a million keys, the probability that two have the same id is one in nine million;
// the audit reports such a collision.
func id(kind, key string) int64 {
	sum := sha256.Sum256([]byte(kind + "\x00" + key))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 2) //nolint:gosec // 62 bits
}
