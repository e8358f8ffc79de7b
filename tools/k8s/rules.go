package k8s

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	psaapi "k8s.io/pod-security-admission/api"
	psapolicy "k8s.io/pod-security-admission/policy"
)

// Rule is a rule that holds for every overlay.
type Rule struct {
	// Name states the rule as a sentence.
	Name string
	// Check returns the violations. Each names the object.
	Check func(Objects) []string
}

// Rules returns all rules.
func Rules() []Rule {
	return slices.Concat(
		[]Rule{
			{"every pod is restricted", restricted},
			{"everything lies in the namespace, which enforces restricted", namespaced},
			{"no Secret and no power over the API is handed out", powerless},
		},
		podRules(), scaleRules(), networkRules(), settingRules(),
	)
}

// restricted runs the checks of the API server's Pod Security admission.
func restricted(o Objects) []string {
	evaluator, err := psapolicy.NewEvaluator(psapolicy.DefaultChecks(), nil)
	if err != nil {
		return []string{fmt.Sprintf("the evaluator does not start: %v", err)}
	}
	level := psaapi.LevelVersion{Level: psaapi.LevelRestricted, Version: psaapi.LatestVersion()}
	var found []string
	for _, w := range o.Workloads {
		result := psapolicy.AggregateCheckResults(evaluator.EvaluatePod(level, &w.Template.ObjectMeta, &w.Template.Spec))
		if !result.Allowed {
			found = append(found, fmt.Sprintf("%s is not restricted: %s", w, result.ForbiddenDetail()))
		}
	}
	return found
}

// clusterScoped returns the kinds in the manifests that have no namespace.
func clusterScoped() []string { return []string{"Namespace", "PriorityClass"} }

func namespaced(o Objects) []string {
	var found []string
	enforced := false
	for _, object := range o.All {
		kind := object.GetObjectKind().GroupVersionKind().Kind
		if space, ok := object.(*corev1.Namespace); ok {
			enforced = space.Name == "wancun" && space.Labels["pod-security.kubernetes.io/enforce"] == "restricted"
			continue
		}
		named, err := meta.Accessor(object)
		if err != nil {
			found = append(found, fmt.Sprintf("%s has no metadata: %v", kind, err))
			continue
		}
		if named.GetNamespace() != "wancun" && !slices.Contains(clusterScoped(), kind) {
			found = append(found, fmt.Sprintf("%s/%s lies in namespace %q", kind, named.GetName(), named.GetNamespace()))
		}
	}
	if !enforced {
		found = append(found, "Namespace/wancun does not enforce restricted")
	}
	return found
}

// powerless checks that the manifests grant no access to the API server and contain no secrets.
func powerless(o Objects) []string {
	var found []string
	for _, object := range o.All {
		switch v := object.(type) {
		case *corev1.Secret:
			found = append(found, fmt.Sprintf("Secret/%s is in the manifests", v.Name))
		case *rbacv1.Role, *rbacv1.RoleBinding, *rbacv1.ClusterRole, *rbacv1.ClusterRoleBinding:
			found = append(found, fmt.Sprintf("%T grants power over the API server", v))
		}
	}
	for _, w := range o.Workloads {
		pod := w.Template.Spec
		account, ok := o.Accounts[pod.ServiceAccountName]
		switch {
		case !ok:
			found = append(found, fmt.Sprintf("%s runs as ServiceAccount/%s, which is not there", w, pod.ServiceAccountName))
		case account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken:
			found = append(found, fmt.Sprintf("ServiceAccount/%s mounts its token", account.Name))
		case pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken:
			found = append(found, fmt.Sprintf("%s mounts its account's token", w))
		}
	}
	return found
}
