package facts

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/day"
)

// Source turns one kind of resource into facts.
type Source struct {
	// Name is the key of the source in stored rows.
	Name string
	// Stages are those that its facts may reach. The first is the one that counts where a formula names none.
	Stages []Stage
	// Dimensions are those that its facts have members in.
	Dimensions []Dimension
	// Lasting says that its facts hold for days, so that they are counted on a day.
	Lasting bool
	// Message is the full name of the resource's message, and Log the journal that has it: "action". From sets them.
	Message, Log string

	read func(name string, body []byte) ([]Fact, error)
}

// From completes a source. read gets the resource's name and what an entry says of it. A resource
// that gives no fact gets one without a stage, so that each revision has a row.
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

// Read makes the facts of a resource and checks that the source declares what they use.
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

// none is the fact of a resource that gives none. It counts nowhere.
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

// Has says whether the source declares a dimension.
func (s Source) Has(d Dimension) bool {
	for _, has := range s.Dimensions {
		if has == d {
			return true
		}
	}
	return false
}
