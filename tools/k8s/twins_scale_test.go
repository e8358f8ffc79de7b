package k8s_test

func scaleTwins() []twin {
	const (
		selecting = "a selector picks the pods of its own workload and no others"
		owned     = "a number of replicas has one owner"
		budgeted  = "a budget leaves room for one pod to go, unless there is only one"
		rolling   = "a rollout takes no capacity away, and waits until peers have found what is new"
		kept      = "what is kept on a volume outlives what made it"
		spread    = "replicas spread over hosts and zones"
	)
	return []twin{
		{
			defect: "a selector that picks migrations too", on: "Deployment/org", rule: selecting, says: "Job/org-migrate",
			patch: `[{op: remove, path: /spec/selector/matchLabels/app.kubernetes.io~1component}]`,
		}, {
			defect: "a selector that picks nothing", on: "Deployment/org", rule: selecting, says: "selects the pods of []",
			patch: `[{op: add, path: /spec/selector/matchLabels/tier, value: back}]`,
		}, {
			defect: "a budget for somebody else's pods", on: "PodDisruptionBudget/org", rule: selecting, says: "PodDisruptionBudget/org",
			patch: `[{op: replace, path: /spec/selector/matchLabels/app.kubernetes.io~1name, value: village}]`,
		}, {
			defect: "fixed replicas under an autoscaler", on: "Deployment/org", rule: owned, says: "and an autoscaler",
			patch: `[{op: add, path: /spec/replicas, value: 3}]`,
		}, {
			defect: "an autoscaler of nothing", on: "HorizontalPodAutoscaler/org", rule: owned, says: "which is not there",
			patch: `[{op: replace, path: /spec/scaleTargetRef/name, value: orgs}]`, also: []string{budgeted},
		}, {
			defect: "an autoscaler that goes down to one", on: "HorizontalPodAutoscaler/org", rule: owned, says: "no sensible bounds",
			patch: `[{op: replace, path: /spec/minReplicas, value: 1}]`,
		}, {
			defect: "a budget that blocks every drain", on: "PodDisruptionBudget/gateway", rule: budgeted, says: "no node can be drained",
			patch: `[{op: replace, path: /spec/minAvailable, value: 3}]`,
		}, {
			defect: "a broken pod that blocks the drain", on: "PodDisruptionBudget/gateway", rule: budgeted, says: "not ready blocks",
			patch: `[{op: remove, path: /spec/unhealthyPodEvictionPolicy}]`,
		}, {
			defect: "a rollout that takes one away first", on: "Deployment/gateway", rule: rolling, says: "before new ones are ready",
			patch: `[{op: replace, path: /spec/strategy/rollingUpdate/maxUnavailable, value: 1}]`,
		}, {
			defect: "a rollout that outruns its peers", on: "Deployment/action", rule: rolling, says: "before its peers have found it",
			patch: `[{op: replace, path: /spec/minReadySeconds, value: 10}]`,
		}, {
			defect: "two writers on SQLite", overlay: "single", on: "StatefulSet/wancun", rule: kept, says: "exactly once",
			patch: `[{op: replace, path: /spec/replicas, value: 2}]`,
		}, {
			defect: "a ledger that goes with its StatefulSet", overlay: "single", on: "StatefulSet/wancun", rule: kept, says: "be deleted",
			patch: `[{op: replace, path: /spec/persistentVolumeClaimRetentionPolicy/whenDeleted, value: Delete}]`,
		}, {
			defect: "SQLite on a shared volume", overlay: "single", on: "StatefulSet/wancun", rule: kept, says: "one volume for one node",
			patch: `[{op: replace, path: /spec/volumeClaimTemplates/0/spec/accessModes/0, value: ReadWriteMany}]`,
		}, {
			defect: "all replicas on one host", on: "Deployment/report", rule: spread, says: "hostname",
			patch: `[{op: remove, path: /spec/template/spec/topologySpreadConstraints/0}]`,
		}, {
			defect: "a spread that counts somebody else's pods", on: "Deployment/report", rule: spread, says: "zone",
			patch: `[{op: replace, path: /spec/template/spec/topologySpreadConstraints/1/labelSelector/matchLabels/app.kubernetes.io~1name,
				value: org}]`,
		},
	}
}
