package k8s

// The contract between the manifests and the programs. It states the values that occur in both, and both are compared
// with it.

const (
	grpcPort = 9090
	opsPort  = 9091
	httpPort = 8080
)

// Pair is an allowed call: Caller may connect to Server.
type Pair struct {
	// Caller and Server are names of processes.
	Caller, Server string
}

// Contract lists the processes and the calls between them.
type Contract struct {
	// Processes are all processes that serve.
	Processes []string
	// Pairs are all allowed calls between processes. The accepted peers and the targets follow from them.
	Pairs []Pair
	// Outside maps the name of the NetworkPolicy for a neighbour outside to the processes that may reach it, or be
	// reached by it.
	Outside map[string][]string
}

// Cluster returns the contract of the suite in five processes.
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

// Single returns the contract of the suite in one process, which calls no other.
func Single() Contract {
	return Contract{Processes: []string{"wancun"}, Outside: map[string][]string{"from-ingress": {"wancun"}}}
}

// contract returns the contract for an overlay.
func (o Objects) contract() Contract {
	for _, w := range o.Workloads {
		if w.Process() == "wancun" {
			return Single()
		}
	}
	return Cluster()
}

// Accepts returns the callers that a server accepts.
func (c Contract) Accepts(server string) []string {
	var callers []string
	for _, p := range c.Pairs {
		if p.Server == server {
			callers = append(callers, p.Caller)
		}
	}
	return callers
}

// Calls returns the servers that a caller calls.
func (c Contract) Calls(caller string) []string {
	var servers []string
	for _, p := range c.Pairs {
		if p.Caller == caller {
			servers = append(servers, p.Server)
		}
	}
	return servers
}
