package k8s

import (
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// scaleRules returns the rules about the numbers of pods, and about rollouts and evictions.
func scaleRules() []Rule {
	return []Rule{
		{"a selector picks the pods of its own workload and no others", selecting},
		{"a number of replicas has one owner", owned},
		{"a budget leaves room for one pod to go, unless there is only one", budgeted},
		{"a rollout takes no capacity away, and waits until peers have found what is new", rolling},
		{"what is kept on a volume outlives what made it", kept},
		each("replicas spread over hosts and zones", spread),
	}
}

func selecting(o Objects) []string {
	var found []string
	for _, w := range o.Workloads {
		if w.Selector == nil {
			continue
		}
		picked, err := o.selected(w.Selector)
		if err != nil || len(picked) != 1 || picked[0].String() != w.String() {
			found = append(found, fmt.Sprintf("%s selects the pods of %v", w, picked))
		}
	}
	for _, b := range o.Budgets {
		if picked, err := o.selected(b.Spec.Selector); err != nil || len(picked) != 1 || picked[0].Name != b.Name {
			found = append(found, fmt.Sprintf("PodDisruptionBudget/%s selects the pods of %v", b.Name, picked))
		}
	}
	return found
}

func owned(o Objects) []string {
	var found []string
	for _, w := range o.Workloads {
		scaler := o.scaler(w)
		switch {
		case !w.Serves():
		case scaler == nil && w.Replicas == nil:
			found = append(found, fmt.Sprintf("%s has neither replicas nor an autoscaler", w))
		case scaler != nil && w.Replicas != nil:
			found = append(found, fmt.Sprintf("%s has replicas, which each apply sets, and an autoscaler", w))
		}
	}
	for _, s := range o.Scalers {
		if s.Spec.MinReplicas == nil || *s.Spec.MinReplicas < 2 || *s.Spec.MinReplicas > s.Spec.MaxReplicas {
			found = append(found, fmt.Sprintf("HorizontalPodAutoscaler/%s has no sensible bounds", s.Name))
		}
		if !o.has(s.Spec.ScaleTargetRef.Kind + "/" + s.Spec.ScaleTargetRef.Name) {
			found = append(found, fmt.Sprintf("HorizontalPodAutoscaler/%s scales %s, which is not there",
				s.Name, s.Spec.ScaleTargetRef.Name))
		}
	}
	return found
}

func (o Objects) scaler(w Workload) *autoscalingv2.HorizontalPodAutoscaler {
	for _, s := range o.Scalers {
		if s.Spec.ScaleTargetRef.Kind == w.Kind && s.Spec.ScaleTargetRef.Name == w.Name {
			return s
		}
	}
	return nil
}

func (o Objects) has(workload string) bool {
	for _, w := range o.Workloads {
		if w.String() == workload {
			return true
		}
	}
	return false
}

func budgeted(o Objects) []string {
	var found []string
	for _, w := range o.Workloads {
		if !w.Serves() {
			continue
		}
		least := int32(1)
		if s := o.scaler(w); s != nil && s.Spec.MinReplicas != nil {
			least = *s.Spec.MinReplicas
		} else if w.Replicas != nil {
			least = *w.Replicas
		}
		b := o.budget(w.Name)
		switch {
		case b == nil || b.Spec.MinAvailable == nil:
			found = append(found, fmt.Sprintf("%s has no budget that says how many must stay", w))
		case least > 1 && b.Spec.MinAvailable.IntVal >= least:
			found = append(found, fmt.Sprintf("%s: of %d replicas %d must stay, so no node can be drained",
				w, least, b.Spec.MinAvailable.IntVal))
		case b.Spec.UnhealthyPodEvictionPolicy == nil || *b.Spec.UnhealthyPodEvictionPolicy != policyv1.AlwaysAllow:
			found = append(found, fmt.Sprintf("%s: a pod that is not ready blocks the drain that could heal it", w))
		}
	}
	return found
}

func (o Objects) budget(name string) *policyv1.PodDisruptionBudget {
	for _, b := range o.Budgets {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// resolved is how many seconds a peer may take to find a new replica: gRPC resolves DNS names at most every 30 s, and
// the answers may be some seconds old.
const resolved = 35

func rolling(o Objects) []string {
	var found []string
	for _, w := range o.Workloads {
		if w.Deployment == nil {
			continue
		}
		if ready := w.Deployment.Spec.MinReadySeconds; ready < resolved {
			found = append(found, fmt.Sprintf("%s: a pod counts after %d s, before its peers have found it", w, ready))
		}
		r := w.Deployment.Spec.Strategy.RollingUpdate
		if r == nil || r.MaxUnavailable == nil || r.MaxSurge == nil || r.MaxUnavailable.String() != "0" || r.MaxSurge.IntVal < 1 {
			found = append(found, fmt.Sprintf("%s takes old pods away before new ones are ready", w))
		}
	}
	return found
}

// kept checks that SQLite runs in one pod on one volume.
func kept(o Objects) []string {
	var found []string
	for _, w := range o.Workloads {
		s := w.StatefulSet
		if s == nil {
			continue
		}
		if w.Replicas == nil || *w.Replicas != 1 {
			found = append(found, fmt.Sprintf("%s does not run exactly once, and SQLite has one writer", w))
		}
		policy := s.Spec.PersistentVolumeClaimRetentionPolicy
		if policy == nil || policy.WhenDeleted != "Retain" || policy.WhenScaled != "Retain" {
			found = append(found, fmt.Sprintf("%s lets its volume be deleted", w))
		}
		if len(s.Spec.VolumeClaimTemplates) != 1 || s.Spec.VolumeClaimTemplates[0].Spec.AccessModes[0] != corev1.ReadWriteOnce {
			found = append(found, fmt.Sprintf("%s does not keep its data on one volume for one node", w))
		}
	}
	return found
}

func spread(w Workload) []string {
	if w.Deployment == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, c := range w.Template.Spec.TopologySpreadConstraints {
		selector, err := metav1.LabelSelectorAsSelector(c.LabelSelector)
		seen[c.TopologyKey] = err == nil && !selector.Empty() && selector.Matches(labels.Set(w.Template.Labels))
	}
	var found []string
	for _, key := range []string{"kubernetes.io/hostname", "topology.kubernetes.io/zone"} {
		if !seen[key] {
			found = append(found, "does not spread its pods by "+key)
		}
	}
	return found
}
