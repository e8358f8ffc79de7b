package contract

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"strings"
	"testing"

	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
)

// unlimited are the numbers of resources without `plausible`, with the reason.
var unlimited = map[protoreflect.FullName]string{
	"wancun.report.v1.Statement.value": "what is plausible depends on the unit: Questions of the kind",
}

// Most typing errors add a digit. So every number that a person writes has a limit above which the caller is asked to
// confirm it.
func TestEveryNumberOfAResourceIsPlausibleUpToALimit(t *testing.T) {
	left, limited := map[protoreflect.FullName]bool{}, 0
	for name := range unlimited {
		left[name] = true
	}
	each(t, func(m protoreflect.MessageDescriptor, _ *annotations.ResourceDescriptor) {
		numbers(m, map[protoreflect.FullName]bool{}, func(f protoreflect.FieldDescriptor) {
			delete(left, f.FullName())
			switch {
			case proto.HasExtension(f.Options(), resourcev1.E_Plausible):
				limited++
			case unlimited[f.FullName()] == "":
				t.Errorf("%s has no wancun.resource.v1.plausible, and this test does not say why", f.FullName())
			}
		})
	})
	for name := range left {
		t.Errorf("%s is no number that a caller writes", name)
	}
	if limited == 0 {
		t.Error("no number has a limit")
	}
}

// numbers calls fn with the int64 fields that callers may set in a message and in the messages in it.
func numbers(m protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool, fn func(protoreflect.FieldDescriptor)) {
	if seen[m.FullName()] || !strings.HasPrefix(string(m.FullName()), "wancun.") {
		return
	}
	seen[m.FullName()] = true
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		switch {
		case fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY):
		case f.Kind() == protoreflect.Int64Kind:
			fn(f)
		case f.Message() != nil:
			numbers(f.Message(), seen, fn)
		}
	}
}

// If the service chooses the ids of a kind, loading a sheet a second time creates its rows again under new names. So
// such a kind declares which rows are likely duplicates. For a kind whose names come from the content or from the
// caller, the second request is refused as ALREADY_EXISTS.
func TestAKindWhoseIDsAreChosenForTheCallerKnowsItsDoubles(t *testing.T) {
	chosen := 0
	each(t, func(m protoreflect.MessageDescriptor, r *annotations.ResourceDescriptor) {
		create := m.ParentFile().Messages().ByName("Create" + m.Name() + "Request")
		files(t, func(f protoreflect.FileDescriptor) { // the service may be declared in another file
			if create == nil && f.Package() == m.ParentFile().Package() {
				create = f.Messages().ByName("Create" + m.Name() + "Request")
			}
		})
		if create == nil {
			return
		}
		id := create.Fields().ByName(protoreflect.Name(snake(r.GetSingular()) + "_id"))
		if id == nil || fieldbehavior.Has(id, annotations.FieldBehavior_REQUIRED) {
			return
		}
		chosen++
		service := strings.Split(string(m.FullName()), ".")[1]
		path := filepath.Join("../..", "services", service, "internal", strings.ToLower(r.GetSingular()), "kind.go")
		if !declares(t, path, "Likeness") {
			t.Errorf("%s: %s is optional in %s, and the kind declares no Likeness", path, id.Name(), create.Name())
		}
	})
	if chosen == 0 {
		t.Error("no kind has an optional id")
	}
}

// declares reports whether a composite literal in a file sets a field of this name.
func declares(t *testing.T, path, field string) (found bool) {
	t.Helper()
	ast.Inspect(parsed(t, path), func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			found = found || fmt.Sprint(pair.Key) == field
		}
		return !found
	})
	return found
}

// each calls fn with each message that is a resource.
func each(t *testing.T, fn func(protoreflect.MessageDescriptor, *annotations.ResourceDescriptor)) {
	t.Helper()
	files(t, func(f protoreflect.FileDescriptor) {
		messages(f.Messages(), func(m protoreflect.MessageDescriptor) {
			if r, _ := proto.GetExtension(m.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor); r != nil {
				fn(m, r)
			}
		})
	})
}
