package cli

// secretsFlags say where the private keys of a data directory are.
type secretsFlags struct {
	Secrets string `help:"Where the private keys are: a directory, in which wancun up makes them once; or, with {name} in it, a path, env:KEY_{NAME} or exec:COMMAND {name}, to be read for each of org, village, action, report, page, personal and issuer. Default: keys in the data directory." placeholder:"WHERE"`
}
