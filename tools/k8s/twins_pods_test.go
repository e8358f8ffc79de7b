package k8s_test

// container is the JSON path of a pod template's first container.
const container = "/spec/template/spec/containers/0"

func podTwins() []twin {
	const (
		restricted = "every pod is restricted"
		alone      = "a pod has one container of ours, and no variables for the Services around it"
		bounded    = "a request is there for CPU, memory and disk, and fits its limit; Go knows the memory"
		probed     = "startup, readiness and liveness are asked apart, on a port of the container"
		mounted    = "what is mounted is there, and read-only unless it is for writing"
		stopping   = "a pod is given the time that it takes to stop"
		oneImage   = "all images are one image, by its digest"
		powerless  = "no Secret and no power over the API is handed out"
		namespaced = "everything lies in the namespace, which enforces restricted"
	)
	return []twin{
		{
			defect: "a container that may become root", on: "Deployment/org", rule: restricted, says: "allowPrivilegeEscalation",
			patch: `[{op: remove, path: ` + container + `/securityContext/allowPrivilegeEscalation}]`,
		}, {
			defect: "a pod that runs as root", on: "Deployment/gateway", rule: restricted, says: "runAsNonRoot",
			patch: `[{op: replace, path: /spec/template/spec/securityContext/runAsNonRoot, value: false}]`,
		}, {
			defect: "a container with a capability", on: "Job/org-migrate", rule: restricted, says: "capabilities",
			patch: `[{op: add, path: ` + container + `/securityContext/capabilities/add, value: [NET_ADMIN]}]`,
		}, {
			defect: "a pod on the network of its node", on: "Deployment/report", rule: restricted, says: "host namespaces",
			patch: `[{op: add, path: /spec/template/spec/hostNetwork, value: true}]`,
		}, {
			defect: "a pod without a seccomp profile", overlay: "single", on: "StatefulSet/wancun", rule: restricted, says: "seccompProfile",
			patch: `[{op: remove, path: /spec/template/spec/securityContext/seccompProfile}]`,
		}, {
			defect: "a namespace that only warns", on: "Namespace/wancun", rule: namespaced, says: "does not enforce",
			patch: `[{op: remove, path: "/metadata/labels/pod-security.kubernetes.io~1enforce"}]`,
		}, {
			defect: "an object in another namespace", on: "NetworkPolicy/dns", rule: namespaced, says: `namespace "default"`,
			patch: `[{op: replace, path: /metadata/namespace, value: default}]`,
		}, {
			defect: "an account that mounts its token", on: "ServiceAccount/village", rule: powerless, says: "mounts its token",
			patch: `[{op: replace, path: /automountServiceAccountToken, value: true}]`,
		}, {
			defect: "a secret in the manifests", on: "ConfigMap/org-.*", rule: powerless, says: "Secret/",
			patch: `[{op: replace, path: /kind, value: Secret}, {op: remove, path: /data}]`,
			also:  settingRulesThatReadConfigMaps(),
		}, {
			defect: "variables for the Services around", on: "Deployment/action", rule: alone, says: "enableServiceLinks",
			patch: `[{op: remove, path: /spec/template/spec/enableServiceLinks}]`,
		}, {
			defect: "a request above its limit", on: "Deployment/org", rule: bounded, says: "more than the limit",
			patch: `[{op: replace, path: ` + container + `/resources/requests/ephemeral-storage, value: 1Gi}]`,
		}, {
			defect: "no request for disk", on: "Job/village-migrate", rule: bounded, says: "requests no ephemeral-storage",
			patch: `[{op: remove, path: ` + container + `/resources/requests/ephemeral-storage}]`,
		}, {
			defect: "a memory limit that Go does not know", on: "Deployment/org", rule: bounded, says: "GOMEMLIMIT",
			patch: `[{op: remove, path: ` + container + `/env}]`,
		}, {
			defect: "a memory limit far above what Go may use", on: "Deployment/org", rule: bounded, says: "44 %",
			patch: `[{op: replace, path: ` + container + `/resources/limits/memory, value: 1Gi}]`,
		}, {
			defect: "liveness that looks at the database", on: "Deployment/report", rule: probed, says: "liveness at /readyz",
			patch: `[{op: replace, path: ` + container + `/livenessProbe/httpGet/path, value: /readyz}]`,
		}, {
			defect: "no startup probe", on: "Deployment/report", rule: probed, says: "no startup probe",
			patch: `[{op: remove, path: ` + container + `/startupProbe}]`,
		}, {
			defect: "a probe on the port for callers", on: "Deployment/village", rule: probed, says: "on port grpc",
			patch: `[{op: replace, path: ` + container + `/readinessProbe/httpGet/port, value: grpc}]`,
		}, {
			defect: "a volume that is not there", on: "Deployment/gateway", rule: mounted, says: "which is no volume",
			patch: `[{op: replace, path: ` + container + `/volumeMounts/0/name, value: nothing}]`,
		}, {
			defect: "a certificate that is never renewed", on: "Deployment/gateway", rule: mounted, says: "subPath",
			patch: `[{op: add, path: ` + container + `/volumeMounts/1/subPath, value: tls.crt}]`,
		}, {
			defect: "a grace period that breaks calls off", on: "Deployment/action", rule: stopping, says: "is given 30s",
			patch: `[{op: replace, path: /spec/template/spec/terminationGracePeriodSeconds, value: 30}]`,
		}, {
			defect: "a drain longer than the grace period", on: "ConfigMap/settings-.*", rule: stopping, says: "is given 45s",
			patch: `[{op: replace, path: /data/WANCUN_DRAIN_LIMIT, value: 40s}]`,
		}, {
			defect: "a stop before the address is withdrawn", on: "Deployment/action", rule: stopping, says: "preStop",
			patch: `[{op: remove, path: ` + container + `/lifecycle}]`,
		}, {
			defect: "an image by its tag", on: "Deployment/org", rule: oneImage, says: "not named by its digest",
			patch: `[{op: replace, path: ` + container + `/image, value: "registry.example.org/wancun:latest"}]`,
		}, {
			defect: "servers and migrations of two versions", on: "Job/org-migrate", rule: oneImage, says: "another image",
			patch: `[{op: replace, path: ` + container + `/image, value: "registry.example.org/wancun@sha256:` +
				`1111111111111111111111111111111111111111111111111111111111111111"}]`,
		},
	}
}
