package facts

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/day"
)

// Source converts one kind of resource to facts.
type Source struct {
	// Name is the key of the source in stored rows.
	Name string
	// Stages are the stages that its facts can reach. Formulas that name no stage count the first.
	Stages []Stage
	// Dimensions are the dimensions in which its facts have members.
	Dimensions []Dimension
	// Lasting marks facts that hold for a range of days. They are counted as of a given day.
	Lasting bool
	// Scoped marks facts without a campaign of their own that count for a campaign if their village is in its scope on
	// the day of the figure.
	Scoped bool
	// Message is the full name of the resource's proto message. Log is the name of the journal that contains it, such
	// as "action". From sets both.
	Message, Log string

	read func(name string, body []byte) ([]Fact, error)
}

// From completes a source. read receives the name of a resource and the message of an entry. If it returns no facts,
// the source adds one without a stage, so that each revision has a row.
func From[M proto.Message](declared Source, read func(name string, m M) ([]Fact, error)) Source {
	var blank M
	message := blank.ProtoReflect().Type()
	declared.Message = string(message.Descriptor().FullName())
	declared.Log = strings.Split(declared.Message, ".")[1]
	declared.read = func(name string, body []byte) ([]Fact, error) {
		m := message.New().Interface()
		if err := proto.Unmarshal(body, m); err != nil {
			return nil, err
		}
		return read(name, m.(M)) //nolint:forcetypeassert // made of M's type
	}
	return declared
}

// Read returns the facts of a resource. It fails if they use a stage or a dimension that the source does not declare.
func (s Source) Read(name string, body []byte) ([]Fact, error) {
	made, err := s.read(name, body)
	if err != nil {
		return nil, err
	}
	if len(made) == 0 {
		made = []Fact{s.none()}
	}
	for i := range made {
		if made[i].Count == 0 {
			made[i].Count = 1
		}
		if made[i].Place == 0 {
			made[i].Place = Country
		}
		if err := s.declares(made[i]); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// none returns the fact of a resource without facts. It counts nowhere.
func (s Source) none() Fact {
	if s.Lasting {
		return Fact{Until: day.Never}
	}
	return Fact{}
}

func (s Source) declares(f Fact) error {
	if undeclared := f.Stages &^ In(s.Stages...); undeclared != 0 {
		return fmt.Errorf("source %s gives a fact in stages %b that it does not declare", s.Name, undeclared)
	}
	if s.Lasting != (f.Until != 0) {
		return fmt.Errorf("source %s gives a fact until %d, against its declaration", s.Name, f.Until)
	}
	for _, m := range f.Members {
		if !s.Has(m.Dimension) {
			return fmt.Errorf("source %s gives a member in the dimension %s, which it does not declare", s.Name, m.Dimension)
		}
	}
	return nil
}

// Has reports whether the source declares a dimension.
func (s Source) Has(d Dimension) bool {
	for _, has := range s.Dimensions {
		if has == d {
			return true
		}
	}
	return false
}
