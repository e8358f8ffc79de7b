package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// resource is the resource to write.
type resource struct {
	names
	Service string
	Parent  *parent // nil for a resource without a parent
	End     *end    // nil for a resource without states
	Rule    int     // the number of the first new rule in constraints.proto
}

// end is the only transition of a resource that is ACTIVE until then.
type end struct {
	Verb string // such as dissolve
}

// Method is the beginning of the method's name.
func (e *end) Method() string { return title(e.Verb) }

// State is the state after it.
func (e *end) State() string { return strings.ToUpper(strings.TrimSuffix(e.Verb, "e") + "ed") }

// parent is the resource that the new one is within.
type parent struct {
	names
	Collection string
	NameForm   string // as a comment writes a name: organizations/{uscc}
	Matches    string // the regular expression of a name, without its end
	OrAll      bool   // whether constraints.proto has the rule for a parent or all of them
	Bound      string // what binds a caller who writes the parent, as in tests/access/expectations
}

const (
	constraints = "proto/wancun/resource/v1/constraints.proto"
	untitled    = "未命名资源" // the Chinese name of a resource without ZH
)

var (
	verb       = regexp.MustCompile(`^[a-z]+$`)
	upperCamel = regexp.MustCompile(`^([A-Z][a-z]+)+$`)
	ruleNumber = regexp.MustCompile(`optional bool \w+ = (\d+)`)
)

// wish is what the caller of the command asks for.
type wish struct{ Service, Name, Parent, Zh, End string }

// newResource checks a wish against the tree.
func newResource(t *tree, w wish) (*resource, error) {
	if w.Service == "" || w.Name == "" {
		return nil, errors.New("give SERVICE and NAME, such as SERVICE=org NAME=PartyBranch PARENT=organizations ZH=党支部")
	}
	if _, err := os.Stat(filepath.Join(t.root, "services", w.Service, "service.go")); err != nil || strings.ContainsAny(w.Service, "/.") {
		return nil, fmt.Errorf("SERVICE=%s: there is no such service", w.Service)
	}
	if !upperCamel.MatchString(w.Name) {
		return nil, fmt.Errorf("NAME=%s: must be words of letters in UpperCamelCase, such as PartyBranch", w.Name)
	}
	r := &resource{names: names{Name: w.Name, Plural: plural(w.Name), Zh: cmp.Or(w.Zh, untitled)}, Service: w.Service}
	if w.End != "" {
		if !verb.MatchString(w.End) {
			return nil, fmt.Errorf("END=%s: must be a regular verb in small letters, such as dissolve", w.End)
		}
		r.End = &end{Verb: w.End}
	}
	if err := r.free(t); err != nil {
		return nil, err
	}
	rules, err := t.read(constraints)
	if err != nil {
		return nil, err
	}
	for _, found := range ruleNumber.FindAllStringSubmatch(rules, -1) {
		if n, err := strconv.Atoi(found[1]); err == nil {
			r.Rule = max(r.Rule, n+1)
		}
	}
	if w.Parent == "" {
		return r, nil
	}
	r.Parent, err = parentOf(t, w.Service, w.Parent, rules)
	return r, err
}

// free returns an error if a message of any service has the name.
func (r *resource) free(t *tree) error {
	texts, err := t.protos("proto/wancun")
	if err != nil {
		return err
	}
	taken := regexp.MustCompile(`(?m)^(message|service|enum) ` + r.Name + `(Service)? \{`)
	for _, text := range texts {
		if taken.MatchString(text) {
			return fmt.Errorf("NAME=%s: a message or a service has this name", r.Name)
		}
	}
	return nil
}

// parentOf finds the resource of a collection in the protos of a service.
func parentOf(t *tree, service, collection, rules string) (*parent, error) {
	texts, err := t.protos("proto/wancun/" + service)
	if err != nil {
		return nil, err
	}
	declared := regexp.MustCompile(`(?s)message (\w+) \{\n  option \(wancun\.label\.v1\.kind\)\.zh = "([^"]+)";[^}]*pattern: "` +
		regexp.QuoteMeta(collection) + `/\{\w+\}".*?// (` + "`" + regexp.QuoteMeta(collection) + `/[^` + "`" + `]+` + "`" + `)`)
	for _, text := range texts {
		found := declared.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		p := &parent{
			names:      names{Name: found[1], Plural: plural(found[1]), Zh: found[2]},
			Collection: collection, NameForm: strings.Trim(found[3], "`"),
		}
		matches := regexp.MustCompile(`id: "string\.` + p.Snake() + `_name"[^\[]*?matches\('\^([^']*)\$'\)`).FindStringSubmatch(rules)
		if matches == nil {
			return nil, fmt.Errorf("PARENT=%s: %s has no rule %s_name", collection, constraints, p.Snake())
		}
		p.Matches, p.OrAll = matches[1], strings.Contains(rules, "bool "+p.Snake()+"_or_all ")
		p.Bound, err = boundOf(t, p.names)
		return p, err
	}
	return nil, fmt.Errorf("PARENT=%s: no resource of %s with this collection has names without a parent", collection, service)
}

// MatchesOrAll is the regular expression of a name or of all names, without its end.
func (p *parent) MatchesOrAll() string {
	return p.Collection + "/(" + strings.TrimPrefix(p.Matches, p.Collection+"/") + "|-)"
}

// boundOf returns what binds a caller who updates a resource.
func boundOf(t *tree, n names) (string, error) {
	rows, err := t.read("tests/access/expectations/" + n.Snake() + ".csv")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(rows) {
		if cells := strings.Split(strings.TrimSpace(line), ","); len(cells) == 4 && cells[0] == n.Name+"Service.Update"+n.Name {
			return cells[2], nil
		}
	}
	return "", nil
}

// NextRule is the number of the second new rule in constraints.proto.
func (r *resource) NextRule() int { return r.Rule + 1 }

// Pattern is the pattern of google.api.resource.
func (r *resource) Pattern() string {
	own := r.LowerPlural() + "/{" + r.Snake() + "}"
	if r.Parent != nil {
		return r.Parent.Collection + "/{" + r.Parent.Snake() + "}/" + own
	}
	return own
}

// NameForm is a name as a comment writes it.
func (r *resource) NameForm() string {
	if r.Parent != nil {
		return r.Parent.NameForm + "/" + r.LowerPlural() + "/{uuid}"
	}
	return r.LowerPlural() + "/{uuid}"
}

// NameRoute is the part of an HTTP path that names one resource.
func (r *resource) NameRoute() string {
	if r.Parent != nil {
		return r.Parent.Collection + "/*/" + r.LowerPlural() + "/*"
	}
	return r.LowerPlural() + "/*"
}

// Route is the HTTP path of the collection.
func (r *resource) Route() string {
	if r.Parent != nil {
		return "/v1/{parent=" + r.Parent.Collection + "/*}/" + r.LowerPlural()
	}
	return "/v1/" + r.LowerPlural()
}
