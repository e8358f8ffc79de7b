package k8s

// The contract between the manifests and the programs: what stands in both is said here once, and both are held to it.

const (
	grpcPort = 9090
	opsPort  = 9091
	httpPort = 8080
)

// Pair is a call that is allowed: Caller may connect to Server.
type Pair struct {
	// Caller and Server are processes.
	Caller, Server string
}

// Contract is who runs and who may talk to whom.
type Contract struct {
	// Processes are all that serve.
	Processes []string
	// Pairs are all calls between processes that are allowed. Accepted peers and targets follow from it.
	Pairs []Pair
	// Outside says which processes may reach, or be reached by, a neighbour outside, by the name of the policy for it.
	Outside map[string][]string
}

// Cluster is the contract of the suite in five processes.
func Cluster() Contract {
	services := []string{"action", "org", "report", "village"}
	all := []string{"action", "gateway", "org", "report", "village"}
	return Contract{
		Processes: all,
		Pairs: []Pair{
			{"action", "org"}, {"action", "village"},
			{"gateway", "action"}, {"gateway", "org"}, {"gateway", "report"}, {"gateway", "village"},
			{"org", "village"},
			{"report", "action"}, {"report", "org"}, {"report", "village"},
		},
		Outside: map[string][]string{
			"dns":             all,
			"to-postgresql":   services,
			"to-redis":        {"report"},
			"to-issuer":       all,
			"to-collector":    all,
			"from-ingress":    {"gateway"},
			"from-prometheus": all,
		},
	}
}

// Single is the contract of the suite in one process, which talks to nobody.
func Single() Contract {
	return Contract{Processes: []string{"wancun"}, Outside: map[string][]string{"from-ingress": {"wancun"}}}
}

// contract is the one that an overlay is held to.
func (o Objects) contract() Contract {
	for _, w := range o.Workloads {
		if w.Process() == "wancun" {
			return Single()
		}
	}
	return Cluster()
}

// Accepts are the callers that a server accepts.
func (c Contract) Accepts(server string) []string {
	var callers []string
	for _, p := range c.Pairs {
		if p.Server == server {
			callers = append(callers, p.Caller)
		}
	}
	return callers
}

// Calls are the servers that a caller calls.
func (c Contract) Calls(caller string) []string {
	var servers []string
	for _, p := range c.Pairs {
		if p.Caller == caller {
			servers = append(servers, p.Server)
		}
	}
	return servers
}
