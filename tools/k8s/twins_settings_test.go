package k8s_test

const (
	accepting = "a server accepts its callers of the contract, and no others"
	aiming    = "a caller has the addresses of its servers, by name and round robin"
	encrypted = "calls between processes are mTLS"
	filed     = "a file that a setting names is mounted"
	started   = "the container starts the program of its name"
)

// settingRulesThatReadConfigMaps returns the rules that also report a missing ConfigMap.
func settingRulesThatReadConfigMaps() []string {
	return []string{accepting, aiming, encrypted, filed, "a pod is given the time that it takes to stop"}
}

func settingTwins() []twin {
	return []twin{
		{
			defect: "a server that accepts one peer too many", on: "ConfigMap/report-.*", rule: accepting, says: "accepts [action gateway]",
			patch: `[{op: replace, path: /data/WANCUN_ACCEPT_PEERS, value: "gateway,action"}]`,
		}, {
			defect: "a server that refuses a caller", on: "ConfigMap/org-.*", rule: accepting, says: "accepts [gateway]",
			patch: `[{op: replace, path: /data/WANCUN_ACCEPT_PEERS, value: gateway}]`,
		}, {
			defect: "a server that accepts every certificate", on: "ConfigMap/village-.*", rule: accepting, says: "accepts []",
			patch: `[{op: replace, path: /data/WANCUN_ACCEPT_PEERS, value: ""}]`,
		}, {
			defect: "a target that is resolved once", on: "ConfigMap/action-.*", rule: aiming, says: `"org:9090"`,
			patch: `[{op: replace, path: /data/WANCUN_ORG_TARGET, value: "org:9090"}]`,
		}, {
			defect: "a server that cannot be found", on: "ConfigMap/gateway-.*", rule: aiming, says: "finds report",
			patch: `[{op: remove, path: /data/WANCUN_REPORT_TARGET}]`,
		}, {
			defect: "calls in clear text", on: "ConfigMap/settings-.*", rule: encrypted, says: "WANCUN_TLS_CERT_FILE",
			patch: `[{op: remove, path: /data/WANCUN_TLS_CERT_FILE}]`,
		}, {
			defect: "clear text by permission", on: "ConfigMap/settings-.*", rule: encrypted, says: "clear text",
			patch: `[{op: add, path: /data/WANCUN_INSECURE, value: "true"}]`,
		}, {
			defect: "a key that is not mounted", on: "ConfigMap/org-.*", rule: filed, says: "WANCUN_PERSONAL_KEY_FILE",
			patch: `[{op: replace, path: /data/WANCUN_PERSONAL_KEY_FILE, value: /run/personal/personal.key}]`,
		}, {
			defect: "org's pods that run village", on: "Deployment/org", rule: started, says: "want /usr/local/bin/org",
			patch: `[{op: replace, path: ` + container + `/command/0, value: /usr/local/bin/village}]`,
		}, {
			defect: "a Job that serves", on: "Job/org-migrate", rule: started, says: "want migrate first",
			patch: `[{op: replace, path: ` + container + `/args/0, value: serve}]`,
		},
	}
}
