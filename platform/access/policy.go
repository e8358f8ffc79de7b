package access

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/fault"
)

// Policies are the compiled policies of a server's methods. They do not change after startup.
type Policies struct {
	methods map[string]*method
	public  []*accessv1.Grant // the grants of a caller without grants for a public method
	owner   *accessv1.Grant   // the grant of a caller in a call about its own account
}

type method struct {
	rule   Rule
	roles  uint64 // bit n: the role with number n
	public bool
	where  where
	owned  path // names the account whose owner may call; empty if there is no such field
}

// NewPolicies compiles the policy of every method of the registered services from the linked descriptors. It returns an
// error that names each method whose policy is missing or has no audience, or has a path that does not lead to a string
// through messages and at most one repeated field.
func NewPolicies(services map[string]grpc.ServiceInfo) (*Policies, error) {
	p := &Policies{methods: map[string]*method{}, public: []*accessv1.Grant{{Role: accessv1.Grant_PUBLIC}}, owner: &accessv1.Grant{Role: accessv1.Grant_ACCOUNT_OWNER}}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(services)) {
		for _, info := range services[name].Methods {
			full := "/" + name + "/" + info.Name
			m, err := compile(protoreflect.FullName(name), info.Name)
			if err != nil {
				faults = append(faults, fmt.Errorf("policy of %s: %w", full, err))
				continue
			}
			p.methods[full] = m
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

func compile(service protoreflect.FullName, name string) (*method, error) {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(service.Append(protoreflect.Name(name)))
	if err != nil {
		return nil, fmt.Errorf("find the method's descriptor: %w", err)
	}
	d, ok := found.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is not a method", found.FullName())
	}
	rule, err := RuleOf(d)
	if err != nil {
		return nil, err
	}
	m := &method{rule: rule, public: slices.Contains(rule.Roles, accessv1.Grant_PUBLIC)}
	for _, role := range rule.Roles {
		m.roles |= 1 << role
	}
	if m.where, err = compileWhere(d.Input(), rule); err != nil {
		return nil, err
	}
	if m.owned, err = compilePath(d.Input(), rule.Account); err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	switch names := slices.Contains(rule.Roles, accessv1.Grant_ACCOUNT_OWNER); {
	case names != (rule.Account != ""):
		return nil, errors.New("a path to an account and the role ACCOUNT_OWNER need each other")
	case names && (m.owned.list != nil || !m.where.empty()):
		return nil, errors.New("the path to an account runs through a list, or the policy also binds a place")
	}
	if m.public && !m.where.empty() {
		return nil, errors.New("PUBLIC is not bound to a place, so a path would have no effect")
	}
	return m, nil
}

// Matrix returns the rules of all methods, sorted by method.
func (p *Policies) Matrix() []Rule {
	rules := make([]Rule, 0, len(p.methods))
	for _, name := range slices.Sorted(maps.Keys(p.methods)) {
		rules = append(rules, p.methods[name].rule)
	}
	return rules
}

func (p *Policies) method(full string) (*method, error) {
	m, ok := p.methods[full]
	if !ok {
		return nil, fault.Denied("METHOD_UNKNOWN", "no policy admits anybody to this method")
	}
	return m, nil
}

// admitRole returns the grants that have one of the method's roles.
func (p *Policies) admitRole(m *method, by Principal) ([]*accessv1.Grant, uint64, error) {
	var candidates uint64
	for i, g := range by.Grants {
		if m.roles&(1<<g.GetRole()) != 0 && g.GetRole() != accessv1.Grant_ACCOUNT_OWNER {
			candidates |= 1 << i
		}
	}
	switch {
	case m.public && candidates == 0:
		return p.public, 0, nil
	case m.public:
		return append(keep(by.Grants, candidates), p.public...), candidates, nil
	case candidates != 0:
		return keep(by.Grants, candidates), candidates, nil
	case by.Token == "":
		return nil, 0, fault.Unauthenticated("TOKEN_MISSING", "this call needs a token")
	default:
		return nil, 0, fault.Denied("ROLE_MISSING", "none of the caller's roles may make this call")
	}
}

// admit returns the grants that admit this request.
func (p *Policies) admit(m *method, by Principal, request any) ([]*accessv1.Grant, error) {
	message, ok := request.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("judge %s: the request is a %T, not a message", m.rule.Method, request)
	}
	grants, candidates, err := p.admitRole(m, by)
	if m.owner(by, message) { // the first grant, so that the journal shows that a person wrote to the own account
		return append([]*accessv1.Grant{p.owner}, keep(by.Grants, candidates)...), nil
	}
	if err != nil || m.where.empty() {
		return grants, err
	}
	kept, err := m.where.covering(message.ProtoReflect(), by.Grants, candidates)
	if err != nil {
		return nil, err
	}
	return keep(by.Grants, kept), nil
}

// mayOwn reports whether the method admits the owner of an account, and the caller signed in with an account.
func (m *method) mayOwn(by Principal) bool { return m.owned.text != "" && by.Session != "" }

// owner reports whether the request is about the account with which the caller signed in.
func (m *method) owner(by Principal, request proto.Message) bool {
	if !m.mayOwn(by) {
		return false
	}
	v := protoreflect.ValueOfMessage(request.ProtoReflect())
	return after(m.owned.value(v), []string{"accounts"}) == by.Subject
}

// keep returns the grants in the set. It does not copy them if the set contains all.
func keep(grants []*accessv1.Grant, set uint64) []*accessv1.Grant {
	if set == 1<<len(grants)-1 {
		return slices.Clip(grants)
	}
	var kept []*accessv1.Grant
	for i, g := range grants {
		if set&(1<<i) != 0 {
			kept = append(kept, g)
		}
	}
	return kept
}
