// Package k8s tests the manifests in k8s/ against their rules, offline and within a second. It decodes the output of
// kustomize strictly, evaluates every pod with the Pod Security evaluator, and compares values that occur twice, above
// all which process may call which. For each rule, a twin (a copy of an overlay with one defect) proves that the rule
// finds the defect. Checks that need an API server are in tools/k8s-verify.
package k8s
