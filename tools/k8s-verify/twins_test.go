package k8sverify

// twin is an overlay with one defect.
type twin struct {
	defect  string
	overlay string // production, unless set
	on      string // kind/name
	patch   string // JSON 6902, in YAML
	says    string // part of the reason for the refusal
}

const container = "/spec/template/spec/containers/0"

func twins() []twin {
	return []twin{
		{
			defect: "a field with a slip of the pen", on: "Deployment/org", says: `unknown field "spec.template.spec.containers[0].imagePullPolicie"`,
			patch: `{op: add, path: ` + container + `/imagePullPolicie, value: Always}`,
		}, {
			defect: "an API version that is gone", on: "HorizontalPodAutoscaler/org", says: "no matches for kind",
			patch: `{op: replace, path: /apiVersion, value: autoscaling/v2beta2}`,
		}, {
			defect: "a selector that does not fit its pods", on: "Deployment/org", says: "does not match template",
			patch: `{op: replace, path: /spec/selector/matchLabels/app.kubernetes.io~1name, value: other}`,
		}, {
			defect: "a container that may become root", on: "Deployment/org", says: "would violate PodSecurity",
			patch: `{op: replace, path: ` + container + `/securityContext/allowPrivilegeEscalation, value: true}`,
		}, {
			defect: "a pod on the network of its node", on: "Deployment/gateway", says: "host namespaces",
			patch: `{op: add, path: /spec/template/spec/hostNetwork, value: true}`,
		}, {
			defect: "a migration that runs as root", on: "Job/org-migrate", says: "runAsNonRoot",
			patch: `{op: replace, path: /spec/template/spec/securityContext/runAsNonRoot, value: false}`,
		}, {
			defect: "a request above its limit", on: "Deployment/org", says: "must be less than or equal to memory limit",
			patch: `{op: replace, path: ` + container + `/resources/requests/memory, value: 2Gi}`,
		}, {
			defect: "a rollout that can never move", on: "Deployment/org", says: "may not be 0 when",
			patch: `{op: replace, path: /spec/strategy/rollingUpdate/maxSurge, value: 0}`,
		}, {
			defect: "a mount of nothing", on: "Deployment/report", says: "Not found",
			patch: `{op: replace, path: ` + container + `/volumeMounts/0/name, value: nothing}`,
		}, {
			defect: "two mounts at one place", on: "Deployment/report", says: "must be unique",
			patch: `{op: replace, path: ` + container + `/volumeMounts/1/mountPath, value: /tmp}`,
		}, {
			defect: "a sleep longer than the grace period", on: "Deployment/action", says: "terminationGracePeriodSeconds",
			patch: `{op: replace, path: ` + container + `/lifecycle/preStop/sleep/seconds, value: 60}`,
		}, {
			defect: "a probe on a port with no name of ours", on: "Deployment/action", says: "Invalid value",
			patch: `{op: replace, path: ` + container + `/livenessProbe/httpGet/port, value: 91091}`,
		}, {
			defect: "a quantity that is none", on: "Deployment/village", says: "quantities must match",
			patch: `{op: replace, path: ` + container + `/resources/limits/memory, value: 512MB!}`,
		}, {
			defect: "a spread that counts nothing by a key", on: "Deployment/village", says: "labelSelector",
			patch: `{op: remove, path: /spec/template/spec/topologySpreadConstraints/0/labelSelector}`,
		}, {
			defect: "a Job that starts its container again", on: "Job/report-migrate", says: "restartPolicy",
			patch: `{op: replace, path: /spec/template/spec/restartPolicy, value: Always}`,
		}, {
			defect: "an autoscaler with its bounds exchanged", on: "HorizontalPodAutoscaler/gateway", says: "maxReplicas",
			patch: `{op: replace, path: /spec/maxReplicas, value: 2}`,
		}, {
			defect: "a budget that says two things", on: "PodDisruptionBudget/org", says: "cannot be both set",
			patch: `{op: add, path: /spec/maxUnavailable, value: 1}`,
		}, {
			defect: "a budget with an unknown policy", on: "PodDisruptionBudget/org", says: "unhealthyPodEvictionPolicy",
			patch: `{op: replace, path: /spec/unhealthyPodEvictionPolicy, value: Always}`,
		}, {
			defect: "an address that is none", on: "NetworkPolicy/to-redis", says: "cidr",
			patch: `{op: replace, path: /spec/egress/0/to/0/ipBlock/cidr, value: redis.example.org}`,
		}, {
			defect: "a port that does not exist", on: "NetworkPolicy/org", says: "between 1 and 65535",
			patch: `{op: replace, path: /spec/ingress/0/ports/0/port, value: 99090}`,
		}, {
			defect: "a headless Service of a type that has an address", on: "Service/org", says: "clusterIP",
			patch: `{op: add, path: /spec/type, value: LoadBalancer}`,
		}, {
			defect: "a setting whose name is no variable", on: "ConfigMap/org-.*", says: "a valid config key",
			patch: `{op: add, path: /data/WANCUN LISTEN, value: ":9090"}`,
		}, {
			defect: "a level of Pod Security that does not exist", on: "Namespace/wancun", says: "pod-security.kubernetes.io/enforce",
			patch: `{op: replace, path: /metadata/labels/pod-security.kubernetes.io~1enforce, value: strict}`,
		}, {
			defect: "an access mode that does not exist", overlay: "single", on: "StatefulSet/wancun", says: "accessModes",
			patch: `{op: replace, path: /spec/volumeClaimTemplates/0/spec/accessModes/0, value: ReadWriteSometimes}`,
		}, {
			defect: "a volume that is kept half", overlay: "single", on: "StatefulSet/wancun", says: "persistentVolumeClaimRetentionPolicy",
			patch: `{op: replace, path: /spec/persistentVolumeClaimRetentionPolicy/whenScaled, value: Maybe}`,
		},
	}
}

// podTwin is a pod of org with changes in its spec.
type podTwin struct {
	defect string
	spec   map[string]any
	says   string
}

func podTwins() []podTwin {
	asking := func(cpu, memory string) map[string]any {
		return map[string]any{"containers": []any{map[string]any{
			"name": "wancun", "image": "wancun",
			"resources": map[string]any{
				"requests": map[string]any{"cpu": cpu, "memory": memory, "ephemeral-storage": "1Mi"},
				"limits":   map[string]any{"memory": memory, "ephemeral-storage": "1Mi"},
			},
			"securityContext": map[string]any{
				"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}},
			},
		}}}
	}
	return []podTwin{
		{defect: "a pod on the network of its node", spec: map[string]any{"hostNetwork": true}, says: `violates PodSecurity "restricted:latest"`},
		{defect: "a pod as root", spec: map[string]any{"securityContext": map[string]any{"runAsUser": 0}}, says: `violates PodSecurity "restricted:latest"`},
		{defect: "a pod of an account that is not there", spec: map[string]any{"serviceAccountName": "nobody"}, says: `serviceaccount "nobody" not found`},
		{defect: "a pod of a priority that is not there", spec: map[string]any{"priorityClassName": "first"}, says: "no PriorityClass with name first"},
		{defect: "a container past the limit range", spec: asking("1", "5Gi"), says: "maximum memory usage per Container is 4Gi"},
		{defect: "a pod past the quota", spec: asking("100", "1Gi"), says: "exceeded quota: wancun"},
	}
}
