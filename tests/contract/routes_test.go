package contract

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/route"
)

// kind is a resource as declared in its option.
type kind struct {
	singular, plural string // in lowerCamelCase
	parent           string // `villages/*` of `villages/*/needs/*`, empty for a resource without a parent
	collection       string // `needs`; for a singleton, its last segment
	singleton        bool   // the pattern ends in a word: `campaigns/*/bulletin`
}

func kindOf(d *annotations.ResourceDescriptor) kind {
	k := kind{singular: d.GetSingular(), plural: d.GetPlural()}
	parts := strings.Split(d.GetPattern()[0], "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = "*"
		}
	}
	k.singleton = parts[len(parts)-1] != "*"
	own := 2
	if k.singleton {
		own = 1
	}
	k.parent, k.collection = strings.Join(parts[:len(parts)-own], "/"), parts[len(parts)-own]
	return k
}

// all returns the path of the kind's collection.
func (k kind) all() string {
	if k.parent == "" {
		return "/v1/" + k.collection
	}
	return "/v1/{parent=" + k.parent + "}/" + k.collection
}

// one returns the path of one resource, which a field of the request names.
func (k kind) one(field string) string {
	pattern := k.collection + "/*"
	if k.singleton {
		pattern = k.collection
	}
	return "/v1/{" + field + "=" + strings.TrimPrefix(k.parent+"/"+pattern, "/") + "}"
}

// kinds returns the resources of the suite: those declared in messages, and those that files declare without a message.
func kinds(t *testing.T) []kind {
	t.Helper()
	var all []kind
	files(t, func(f protoreflect.FileDescriptor) {
		named, _ := proto.GetExtension(f.Options(), annotations.E_ResourceDefinition).([]*annotations.ResourceDescriptor)
		for _, d := range named {
			all = append(all, kindOf(d))
		}
		for i := range f.Messages().Len() {
			d, _ := proto.GetExtension(f.Messages().Get(i).Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
			if d != nil {
				all = append(all, kindOf(d))
			}
		}
	})
	return all
}

// The plural of a resource is the id of its collection, and the singular is the variable of its pattern (AIP-122). The
// message and the fields of the resource use the same singular, each in its own case.
func TestEveryResourceHasOneSingularAndOnePlural(t *testing.T) {
	files(t, func(f protoreflect.FileDescriptor) {
		named, _ := proto.GetExtension(f.Options(), annotations.E_ResourceDefinition).([]*annotations.ResourceDescriptor)
		for _, d := range named {
			numbersOf(t, d)
		}
		for i := range f.Messages().Len() {
			m := f.Messages().Get(i)
			d, _ := proto.GetExtension(m.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
			if d == nil {
				continue
			}
			numbersOf(t, d)
			if want := upper(d.GetSingular()); string(m.Name()) != want || !strings.HasSuffix(d.GetType(), "/"+want) {
				t.Errorf("%s: the message and the type of the resource %q end in %q", m.FullName(), d.GetSingular(), want)
			}
		}
	})
}

func numbersOf(t *testing.T, d *annotations.ResourceDescriptor) {
	t.Helper()
	k := kindOf(d)
	if k.singular == "" || k.plural == "" || len(d.GetPattern()) != 1 {
		t.Errorf("%s: a resource has a singular, a plural and one pattern", d.GetType())
	}
	if k.singleton && k.collection != k.singular {
		t.Errorf("%s: the pattern %s ends in the singular %q", d.GetType(), d.GetPattern()[0], k.singular)
	}
	if k.singleton {
		return
	}
	// Below a parent, the pattern may omit the parent's words: the plural for the entries of a figure is figureEntries.
	variable := strings.Trim(d.GetPattern()[0][strings.LastIndexByte(d.GetPattern()[0], '/')+1:], "{}")
	shorter, one := strings.CutSuffix(upper(k.plural), upper(k.collection))
	if same, many := strings.CutSuffix(snake(k.singular), variable); !one || !many || snake(shorter) != strings.TrimSuffix(same, "_") {
		t.Errorf("%s: the pattern %s ends in the plural %q and the singular %q", d.GetType(), d.GetPattern()[0], k.plural, k.singular)
	}
}

// Callers, the documents of the gateway and generated clients derive a route from the name of its method. The forms are
// in CONTRIBUTING.md under "Routes".
func TestEveryRouteFollowsFromTheNameOfItsMethod(t *testing.T) {
	all := kinds(t)
	routes := 0
	files(t, func(f protoreflect.FileDescriptor) {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				m := methods.Get(j)
				if m.Parent().Name() == "SignInService" { // only the gateway and the services call it
					if len(route.All(m)) > 0 {
						t.Errorf("%s has a route: a page of another site could use it to sign in", m.FullName())
					}
					continue
				}
				var got []string
				for _, rule := range route.All(m) {
					got = append(got, strings.TrimSpace(rule.Verb+" "+rule.Template+" "+rule.Body))
				}
				routes++
				if want := expected(all, m); len(got) != 1 || !slices.Contains(want, got[0]) {
					t.Errorf("%s: the route is %q, want %s", m.FullName(), got, strings.Join(want, " or "))
				}
			}
		}
	})
	if routes < 50 {
		t.Errorf("only %d routes were found", routes)
	}
}

// ofALog are the routes of the journal. Callers do not write logs as resources: the methods name a log in the field
// `log`, and the path ends in what the method returns.
var ofALog = map[protoreflect.FullName]string{
	"wancun.journal.v1.JournalService.Read":                "GET /v1/{log=logs/*}/entries",
	"wancun.journal.v1.JournalService.GetCheckpoint":       "GET /v1/{log=logs/*}/checkpoint",
	"wancun.journal.v1.JournalService.GetInclusionProof":   "GET /v1/{log=logs/*}/inclusionProof",
	"wancun.journal.v1.JournalService.GetConsistencyProof": "GET /v1/{log=logs/*}/consistencyProof",
}

// anyParent converts the path of a collection into that of the rows of all parents. The messages of a stream share one
// path, which therefore has no variable.
var anyParent = strings.NewReplacer("{parent=", "", "}", "", "*", "-")

// expected returns the routes that a method may have. A custom method may have two; GET is only for methods that read.
func expected(all []kind, m protoreflect.MethodDescriptor) []string {
	name := string(m.Name())
	if fixed, ok := ofALog[m.FullName()]; ok {
		return []string{fixed}
	}
	for _, k := range all {
		one, many := upper(k.singular), upper(k.plural)
		switch name {
		case "Get" + one:
			return []string{"GET " + k.one("name")}
		case "Create" + one:
			return []string{"POST " + k.all() + " " + snake(k.singular)}
		case "Update" + one:
			return []string{"PATCH " + k.one(snake(k.singular)+".name") + " " + snake(k.singular)}
		case "Delete" + one:
			return []string{"DELETE " + k.one("name")}
		case "List" + many:
			return []string{"GET " + k.all()}
		case "BatchGet" + many:
			return []string{"GET " + k.all() + ":batchGet"}
		case "BatchCreate" + many:
			return []string{"POST " + k.all() + ":batchCreate *"}
		case "Import" + many:
			if m.IsStreamingClient() {
				return []string{"POST " + anyParent.Replace(k.all()) + ":import *"}
			}
		}
	}
	k, verb, found := custom(all, name)
	if !found {
		return []string{"a method of a declared resource"}
	}
	path := k.all()
	if m.Input().Fields().ByName("name") != nil {
		path = k.one("name")
	}
	return []string{"POST " + path + ":" + verb + " *", "GET " + path + ":" + verb}
}

// custom splits the name of a custom method into the resource and the verb, which is the rest of the name:
// EraseOrganizationContact is eraseContact of an organization.
func custom(all []kind, name string) (kind, string, bool) {
	var of kind
	noun := ""
	for _, k := range all {
		for _, n := range []string{upper(k.singular), upper(k.plural)} {
			if strings.Contains(name, n) && len(n) > len(noun) {
				of, noun = k, n
			}
		}
	}
	verb := strings.Replace(name, noun, "", 1)
	return of, strings.ToLower(verb[:1]) + verb[1:], noun != "" && verb != ""
}

func upper(lowerCamel string) string { return strings.ToUpper(lowerCamel[:1]) + lowerCamel[1:] }

// snake converts camel case to snake_case.
func snake(camel string) string {
	var b strings.Builder
	for i, r := range camel {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
