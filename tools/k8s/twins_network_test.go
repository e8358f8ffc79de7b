package k8s_test

func networkTwins() []twin {
	const (
		complete   = "a process runs for each name of the contract"
		denied     = "no pod talks to another unless a policy allows it"
		paired     = "the calls inside are those of the contract, at both ends"
		neighbours = "neighbours outside are those of the contract"
		serving    = "a Service leads to the servers of its name, and never to the ops port"
	)
	const values = "/podSelector/matchExpressions/0/values"
	return []twin{
		{
			defect: "a process too few", on: "Deployment/report", rule: complete, says: "the contract has",
			patch: `{$patch: delete, apiVersion: apps/v1, kind: Deployment, metadata: {name: report}}`,
			also: []string{paired, neighbours, serving, "a selector picks the pods of its own workload and no others",
				"a number of replicas has one owner"},
		}, {
			defect: "no denial by default", on: "NetworkPolicy/default-deny", rule: denied, says: "denies everything",
			patch: `{$patch: delete, apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: default-deny}}`,
		}, {
			defect: "a denial of ingress alone", on: "NetworkPolicy/default-deny", rule: denied, says: "denies everything",
			patch: `[{op: replace, path: /spec/policyTypes, value: [Ingress]}]`,
		}, {
			defect: "a server open to one caller too many", on: "NetworkPolicy/report", rule: paired,
			says:  "ingress lets action call report",
			patch: `[{op: replace, path: "/spec/ingress/0/from/0/podSelector/matchLabels/app.kubernetes.io~1name", value: action}]`,
		}, {
			defect: "a caller that may go one server too far", on: "NetworkPolicy/action", rule: paired, says: "egress lets action call report",
			patch: `[{op: add, path: /spec/egress/0/to/0` + values + `/-, value: report}]`,
		}, {
			defect: "a call that is shut out", on: "NetworkPolicy/org", rule: paired, says: "ingress keeps report from calling org",
			patch: `[{op: replace, path: /spec/ingress/0/from/0` + values + `, value: [gateway, action]}]`,
		}, {
			defect: "a way to the ops port between processes", on: "NetworkPolicy/org", rule: paired, says: "another port than 9090",
			patch: `[{op: replace, path: /spec/ingress/0/ports/0/port, value: 9091}]`,
		}, {
			defect: "migrations that may call", on: "NetworkPolicy/action", rule: paired, says: "Job/action-migrate",
			patch: `[{op: remove, path: /spec/podSelector/matchLabels/app.kubernetes.io~1component}]`,
		}, {
			defect: "a rule for every port", on: "NetworkPolicy/to-redis", rule: neighbours, says: "every port",
			patch: `[{op: remove, path: /spec/egress/0/ports}]`, also: []string{paired},
		}, {
			defect: "the whole network as PostgreSQL", on: "NetworkPolicy/to-postgresql", rule: neighbours, says: "the whole network",
			patch: `[{op: replace, path: /spec/egress/0/to/0/ipBlock/cidr, value: 0.0.0.0/0}]`,
		}, {
			defect: "a gateway with a way to the databases", on: "NetworkPolicy/to-postgresql", rule: neighbours, says: "gateway",
			patch: `[{op: add, path: /spec/podSelector/matchExpressions/0/values/-, value: gateway}]`,
		}, {
			defect: "a neighbour that the contract does not have", on: "NetworkPolicy/to-redis", rule: neighbours, says: "to-anywhere",
			patch: `[{op: replace, path: /metadata/name, value: to-anywhere}]`,
		}, {
			defect: "gRPC from the internet", on: "NetworkPolicy/from-ingress", rule: neighbours, says: "neither HTTP nor ops",
			patch: `[{op: replace, path: /spec/ingress/0/ports/0/port, value: 9090}]`,
		}, {
			defect: "the suite in one process with a way out", overlay: "single", on: "NetworkPolicy/from-ingress", rule: neighbours,
			says: "out is for [wancun]",
			patch: `[{op: add, path: /spec/egress, value: [{to: [{ipBlock: {cidr: 192.0.2.1/32}}], ports: [{port: 443}]}]},
				{op: replace, path: /metadata/name, value: out}]`,
		}, {
			defect: "a Service on the ops port", on: "Service/gateway", rule: serving, says: "leads to the ops port",
			patch: `[{op: add, path: /spec/ports/-, value: {name: ops, port: 9091, targetPort: ops}}]`,
		}, {
			defect: "a Service to a port that is not there", on: "Service/gateway", rule: serving, says: "does not have",
			patch: `[{op: replace, path: /spec/ports/0/targetPort, value: https}]`,
		}, {
			defect: "a Service that sends calls to migrations", on: "Service/org", rule: serving, says: "Job/org-migrate",
			patch: `[{op: remove, path: /spec/selector/app.kubernetes.io~1component}]`,
		}, {
			defect: "a virtual IP in front of gRPC", on: "Service/action", rule: serving, says: "stay on one replica",
			patch: `[{op: remove, path: /spec/clusterIP}]`,
		}, {
			defect: "a gateway on a public load balancer", on: "Service/gateway", rule: serving, says: "open to the outside",
			patch: `[{op: replace, path: /spec/type, value: LoadBalancer}]`,
		},
	}
}
