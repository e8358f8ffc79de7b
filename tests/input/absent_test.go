package input

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/decisions"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// tests/contract/references.csv declares the code for each field that names a missing resource.
func TestWhatDoesNotExistIsRefusedByName(t *testing.T) {
	s := open(t, suite.Options{})
	decided := answersToAbsent(t)
	before := s.ends(t)
	for _, m := range suite.Methods() {
		missing := takes(m, decided)
		for _, a := range absences(s.requests[suite.Name(m)], decided) {
			delete(missing, a.field)
			_, err := s.Call(suite.WithToken(t.Context(), s.token(t, m)), m, a.request)
			refusal, _ := fault.From(err)
			if refusal == nil || refusal.Code() != a.want {
				t.Errorf("%s with %s %s: %v, want %s", suite.Name(m), a.path, a.name, err, a.want)
				continue
			}
			if !a.namedBy(refusal) {
				t.Errorf("%s with %s %s: nothing names it: %v", suite.Name(m), a.path, a.name, err)
			}
		}
		for field := range missing {
			t.Errorf("%s: its request in tests/world/requests.go does not set %s, so that nothing was tried", suite.Name(m), field)
		}
	}
	if after := s.ends(t); !slices.Equal(before, after) {
		t.Errorf("the journals end at %v, want %v: a refused request has written", after, before)
	}
}

// ends returns the sizes of all journals.
func (s stage) ends(t *testing.T) (sizes []int64) {
	t.Helper()
	for _, service := range services.All() {
		c, err := journalv1.NewJournalServiceClient(s.Conn).GetCheckpoint(s.As(t, "auditor", world.Admin()), &journalv1.GetCheckpointRequest{Log: services.Log(service)})
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, c.GetSize())
	}
	return sizes
}

// answersToAbsent returns the codes in references.csv, by field.
func answersToAbsent(t *testing.T) map[protoreflect.FullName]codes.Code {
	t.Helper()
	all := map[protoreflect.FullName]codes.Code{}
	for _, row := range decisions.In(t, suite.File("tests/contract/references.csv")) {
		var code codes.Code
		if row[1] == "NONE" {
			continue
		}
		if err := code.UnmarshalJSON([]byte(`"` + row[1] + `"`)); err != nil {
			t.Fatalf("references.csv: %s: %v", row[0], err)
		}
		all[protoreflect.FullName(row[0])] = code
	}
	return all
}

// takes returns the fields of the method's request that name something, without those that an update ignores.
func takes(m protoreflect.MethodDescriptor, decided map[protoreflect.FullName]codes.Code) map[protoreflect.FullName]bool {
	all, seen := map[protoreflect.FullName]bool{}, map[protoreflect.FullName]bool{}
	update := m.Input().Fields().ByName("update_mask") != nil
	var look func(protoreflect.MessageDescriptor)
	look = func(message protoreflect.MessageDescriptor) {
		if seen[message.FullName()] {
			return
		}
		seen[message.FullName()] = true
		for i := range message.Fields().Len() {
			f := message.Fields().Get(i)
			_, named := decided[f.FullName()]
			switch {
			case ignored(f), update && immutable(f):
			case named:
				all[f.FullName()] = true
			case f.Message() != nil:
				look(f.Message())
			}
		}
	}
	look(m.Input())
	return all
}

func immutable(f protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, annotations.FieldBehavior_IMMUTABLE)
}

// absence is a request in which one field names a missing resource.
type absence struct {
	field   protoreflect.FullName
	path    string
	name    string
	want    codes.Code
	request proto.Message
}

// namedBy reports whether an error names what is missing: by its name, by the name of its parent, or by the field. A
// batch and its rows have the same parent.
func (a absence) namedBy(refusal *fault.Error) bool {
	if of := refusal.Resource(); of != "" && strings.HasPrefix(a.name, of) || strings.Contains(refusal.Message(), a.name) {
		return true
	}
	return slices.ContainsFunc(refusal.Violations(), func(v fault.Violation) bool {
		return v.Field == a.path || v.Field == "requests[0]."+a.path
	})
}

// absences returns the absences that can be made from a valid request, one for each field that names something.
func absences(request proto.Message, decided map[protoreflect.FullName]codes.Code) []absence {
	var all []absence
	add := func(at site, text string, want codes.Code) {
		f, name := at.steps[len(at.steps)-1].field, absent(text)
		all = append(all, absence{f.FullName(), at.path(), name, want, written(beside(f, name, at.with(func(h protoreflect.Message, f protoreflect.FieldDescriptor, i int) {
			if i >= 0 {
				h.Mutable(f).List().Set(i, protoreflect.ValueOfString(name))
				return
			}
			h.Set(f, protoreflect.ValueOfString(name))
			if reason := f.ContainingMessage().Fields().ByName("authority_override_reason"); reason != nil {
				h.Set(reason, protoreflect.ValueOfString("示例")) // required for a division that does not match the code
			}
		})))})
	}
	var look func(site, protoreflect.Message)
	look = func(at site, m protoreflect.Message) {
		m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			if len(at.steps) == 1 && masked(at.root) != nil && f.Name() == "name" {
				add(at.to(f, -1), v.String(), codes.NotFound) // the resource that an update changes
			}
			want, named := decided[f.FullName()]
			switch {
			case ignored(f), len(at.steps) == 1 && masked(at.root) != nil && !slices.Contains(masked(at.root), string(f.Name())):
			case named && f.IsList():
				add(at.to(f, 0), v.List().Get(0).String(), want)
			case named:
				add(at.to(f, -1), v.String(), want)
			case f.IsMap() || f.Message() == nil:
			case f.IsList() && masked(at.root) != nil: // existing elements may be immutable, so one is added
				more := at.to(f, -1).with(func(h protoreflect.Message, f protoreflect.FieldDescriptor, _ int) {
					h.Mutable(f).List().Append(protoreflect.ValueOfMessage(proto.Clone(v.List().Get(0).Message().Interface()).ProtoReflect()))
				})
				look(site{more, at.steps}.to(f, v.List().Len()), v.List().Get(0).Message())
			case f.IsList():
				look(at.to(f, 0), v.List().Get(0).Message())
			default:
				look(at.to(f, -1), v.Message())
			}
			return true
		})
	}
	if request != nil {
		look(site{root: request}, request.ProtoReflect())
	}
	return all
}

// absent returns a name of the same form that no resource has.
func absent(name string) string {
	above, id := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		above, id = name[:i+1], name[i+1:]
	}
	if strings.Count(name, "/")%2 == 0 && above != "" { // a singleton: only its parent can be missing
		return absent(strings.TrimSuffix(above, "/")) + "/" + id
	}
	switch {
	case id == "-" && above == "villages/":
		id = absent(world.Village)
	case id == "-" && above == "accounts/":
		id = world.ID("absent")
	case id == "-" && above == "organizations/":
		id = world.Newcomer
	case len(id) == 18:
		id = world.Newcomer
	case len(id) == 36:
		id = world.ID("absent")
	case id[0] >= '1' && id[0] <= '9': // a division code: another division on its level, in the same parent
		from, to := 4, 6
		for _, level := range [][2]int{{9, 12}, {6, 9}} {
			if strings.Trim(id[level[0]:level[1]], "0") != "" {
				from, to = level[0], level[1]
				break
			}
		}
		id = id[:from] + strings.Repeat("9", to-from) + id[to:]
	case id[0] >= 'A' && id[0] <= 'Z':
		id = "ZZ99"
	default:
		id = "absent"
	}
	return above + id
}

// beside adjusts the rest of a request to a changed name: a batch and its rows must have the same parent, and the
// update mask must contain each changed field.
func beside(changed protoreflect.FieldDescriptor, name string, request proto.Message) proto.Message {
	m := request.ProtoReflect()
	fields := m.Descriptor().Fields()
	rows, parent := fields.ByName("requests"), fields.ByName("parent")
	if changed.Name() == "parent" && rows != nil && parent != nil && !strings.HasSuffix(m.Get(parent).String(), "/-") {
		m.Set(parent, protoreflect.ValueOfString(name))
		for i := range m.Get(rows).List().Len() {
			row := m.Mutable(rows).List().Get(i).Message()
			row.Set(row.Descriptor().Fields().ByName("parent"), protoreflect.ValueOfString(name))
		}
	}
	if update, ok := request.(interface {
		GetUpdateMask() *fieldmaskpb.FieldMask
	}); ok && slices.Contains(update.GetUpdateMask().GetPaths(), "division") {
		update.GetUpdateMask().Paths = append(update.GetUpdateMask().Paths, "authority_override_reason")
	}
	return request
}

// written returns the request without validate_only.
func written(request proto.Message) proto.Message {
	m := request.ProtoReflect()
	if f := m.Descriptor().Fields().ByName("validate_only"); f != nil {
		m.Clear(f)
	}
	return request
}
