package facts

// Of is what a formula adds up or counts.
type Of int

// What formulas count.
const (
	Count    Of = iota // facts
	Quantity           // their quantities
	Fen                // their values
	Distinct           // the different members of a dimension
)

// Dimensions that places have without being members: the divisions of today that hold the places of facts.
const (
	County     Dimension = "county"
	Prefecture Dimension = "prefecture"
)

// Formula says what an indicator counts.
type Formula struct {
	Of Of
	// Dimension is that of the different ones.
	Dimension Dimension
	// Source is whose facts count.
	Source string
	// Stage is the one that they must have reached; 0 means the first of the source.
	Stage Stage
	// Where selects their classes. Nil: all of the campaign, of its scope, and of no parent.
	Where func(Class) bool
	// Who selects the members of the dimension that count, by the classes of their own facts. Nil: all.
	Who func(Class) bool
}
