package facts

// Of is the number that a formula computes from facts.
type Of int

// The values of Of.
const (
	Count    Of = iota // the number of facts
	Quantity           // the sum of their quantities
	Fen                // the sum of their values
	Distinct           // the number of different members of a dimension
)

// Dimensions without stored members. They are counted by the current divisions that contain the places of facts.
const (
	County     Dimension = "county"
	Prefecture Dimension = "prefecture"
)

// Formula defines the figure of an indicator.
type Formula struct {
	Of Of
	// Dimension is the dimension that Distinct counts.
	Dimension Dimension
	// Source is the name of the source whose facts count.
	Source string
	// Stage is the stage that the facts must have reached. 0 means the first stage of the source.
	Stage Stage
	// Where selects the classes of the facts. nil selects all classes of the campaign, of its scope, and without a
	// parent. Facts of a scoped source also need a village in the campaign's scope.
	Where func(Class) bool
	// Who selects the members of the dimension to be counted, by the classes of the members' own facts. nil selects
	// all.
	Who func(Class) bool
}
