package k8s

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// networkRules returns the rules about NetworkPolicies and Services.
func networkRules() []Rule {
	return []Rule{
		{"a process runs for each name of the contract", complete},
		{"no pod talks to another unless a policy allows it", denied},
		{"the calls inside are those of the contract, at both ends", paired},
		{"neighbours outside are those of the contract", neighbours},
		{"a Service leads to the servers of its name, and never to the ops port", serving},
	}
}

func complete(o Objects) []string {
	var serving []string
	for _, w := range o.Workloads {
		if w.Serves() {
			serving = append(serving, w.Process())
		}
	}
	slices.Sort(serving)
	if want := o.contract().Processes; !slices.Equal(serving, want) {
		return []string{fmt.Sprintf("serving are %v; the contract has %v", serving, want)}
	}
	return nil
}

func denied(o Objects) []string {
	for _, p := range o.Policies {
		all := len(p.Spec.PodSelector.MatchLabels)+len(p.Spec.PodSelector.MatchExpressions) == 0
		both := slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) &&
			slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		if all && both && len(p.Spec.Ingress)+len(p.Spec.Egress) == 0 {
			return nil
		}
	}
	return []string{"no NetworkPolicy denies everything to every pod"}
}

// way is one peer of one rule of a policy, seen from the pods that the policy selects.
type way struct {
	policy *networkingv1.NetworkPolicy
	in     bool
	peer   networkingv1.NetworkPolicyPeer
	ports  []networkingv1.NetworkPolicyPort
}

func (w way) String() string {
	if w.in {
		return fmt.Sprintf("NetworkPolicy/%s (ingress)", w.policy.Name)
	}
	return fmt.Sprintf("NetworkPolicy/%s (egress)", w.policy.Name)
}

// inside reports whether the peer is a set of pods in this namespace.
func (w way) inside() bool { return w.peer.NamespaceSelector == nil && w.peer.IPBlock == nil }

// ways returns all peers that the policies allow. A rule without peers or ports allows everything, which is a finding.
func (o Objects) ways() (all []way, found []string) {
	add := func(p *networkingv1.NetworkPolicy, in bool, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
		if len(peers) == 0 || len(ports) == 0 {
			found = append(found, fmt.Sprintf("NetworkPolicy/%s has a rule for everybody, or for every port", p.Name))
		}
		for _, peer := range peers {
			all = append(all, way{policy: p, in: in, peer: peer, ports: ports})
		}
	}
	for _, p := range o.Policies {
		for _, r := range p.Spec.Ingress {
			add(p, true, r.From, r.Ports)
		}
		for _, r := range p.Spec.Egress {
			add(p, false, r.To, r.Ports)
		}
	}
	return all, found
}

// paired compares both ends of every call between processes with the contract.
func paired(o Objects) []string {
	ways, found := o.ways()
	called, answered := map[Pair]bool{}, map[Pair]bool{}
	for _, w := range ways {
		if !w.inside() {
			continue
		}
		if len(w.ports) != 1 || w.ports[0].Port == nil || w.ports[0].Port.IntValue() != grpcPort {
			found = append(found, fmt.Sprintf("%s opens another port than %d", w, grpcPort))
		}
		here, err := o.selected(&w.policy.Spec.PodSelector)
		there, err2 := o.selected(w.peer.PodSelector)
		if err != nil || err2 != nil {
			found = append(found, fmt.Sprintf("%s has a selector that cannot be read", w))
			continue
		}
		for _, h := range here {
			for _, t := range there {
				switch {
				case !h.Serves() || !t.Serves():
					found = append(found, fmt.Sprintf("%s opens a way between %s and %s", w, h, t))
				case w.in:
					answered[Pair{Caller: t.Process(), Server: h.Process()}] = true
				default:
					called[Pair{Caller: h.Process(), Server: t.Process()}] = true
				}
			}
		}
	}
	pairs := map[Pair]bool{}
	for _, p := range o.contract().Pairs {
		pairs[p] = true
	}
	return slices.Concat(found,
		differ("egress", called, pairs), differ("ingress", answered, pairs))
}

// differ returns the pairs that only one of the two sets contains.
func differ(what string, got, want map[Pair]bool) []string {
	var found []string
	for p := range maps.Keys(got) {
		if !want[p] {
			found = append(found, fmt.Sprintf("%s lets %s call %s, which the contract does not", what, p.Caller, p.Server))
		}
	}
	for p := range maps.Keys(want) {
		if !got[p] {
			found = append(found, fmt.Sprintf("%s keeps %s from calling %s, which the contract allows", what, p.Caller, p.Server))
		}
	}
	slices.Sort(found)
	return found
}

func neighbours(o Objects) []string {
	ways, found := o.ways()
	got := map[string][]string{}
	for _, w := range ways {
		if w.inside() {
			continue
		}
		if w.peer.IPBlock != nil && strings.HasSuffix(w.peer.IPBlock.CIDR, "/0") {
			found = append(found, fmt.Sprintf("%s opens the whole network", w))
		}
		if w.in && !ours(w.ports) {
			found = append(found, fmt.Sprintf("%s opens a port that is neither HTTP nor ops", w))
		}
		here, err := o.selected(&w.policy.Spec.PodSelector)
		if err != nil {
			found = append(found, fmt.Sprintf("%s has a selector that cannot be read", w))
		}
		for _, h := range here {
			got[w.policy.Name] = append(got[w.policy.Name], h.Process())
		}
	}
	want := o.contract().Outside
	for _, name := range slices.Sorted(maps.Keys(merged(got, want))) {
		slices.Sort(got[name])
		if here := slices.Compact(got[name]); !slices.Equal(here, want[name]) {
			found = append(found, fmt.Sprintf("NetworkPolicy/%s is for %v; the contract says %v", name, here, want[name]))
		}
	}
	return found
}

func merged(a, b map[string][]string) map[string][]string {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}

// ours reports whether all ports are among those that peers outside may use.
func ours(ports []networkingv1.NetworkPolicyPort) bool {
	return !slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		return p.Port == nil || (p.Port.IntValue() != httpPort && p.Port.IntValue() != opsPort)
	})
}

func serving(o Objects) []string {
	var found []string
	for _, s := range o.Services {
		name := "Service/" + s.Name
		var picked []Workload
		for _, w := range o.Workloads {
			if selects(s, w) {
				picked = append(picked, w)
			}
		}
		if len(picked) != 1 || picked[0].Name != s.Name || !picked[0].Serves() {
			found = append(found, fmt.Sprintf("%s selects the pods of %v", name, picked))
			continue
		}
		if s.Spec.Type != corev1.ServiceTypeClusterIP && s.Spec.Type != "" {
			found = append(found, fmt.Sprintf("%s is a %s, open to the outside", name, s.Spec.Type))
		}
		for _, p := range s.Spec.Ports {
			found = append(found, port(name, s, p, picked[0].Main())...)
		}
	}
	return found
}

func selects(s *corev1.Service, w Workload) bool {
	for key, value := range s.Spec.Selector {
		if w.Template.Labels[key] != value {
			return false
		}
	}
	return len(s.Spec.Selector) > 0
}

// port checks one port of a Service: it must lead to a named port of the container, and the Service of a gRPC port must
// be headless.
func port(name string, s *corev1.Service, p corev1.ServicePort, c corev1.Container) []string {
	var found []string
	target := p.TargetPort.StrVal
	switch {
	case !hasPort(c, target):
		found = append(found, fmt.Sprintf("%s leads to port %q, which the container does not have", name, p.TargetPort.String()))
	case target == "ops":
		found = append(found, name+" leads to the ops port")
	case target == "grpc" && (s.Spec.ClusterIP != corev1.ClusterIPNone || p.Port != grpcPort):
		found = append(found, name+" has a virtual IP or another port: callers would stay on one replica, or miss it")
	}
	return found
}
