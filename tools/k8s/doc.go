// Package k8s holds the manifests in k8s/ to their rules, offline and in a second: what kustomize renders is decoded
// strictly, every pod is put before the Pod Security evaluator, and what stands in two places is compared, above all who
// may call whom. For each rule a twin with one defect shows that the rule would notice. What only an API server knows is
// tools/k8s-verify's business.
package k8s
