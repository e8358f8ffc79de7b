// Package process owns how one part of the suite runs as a process of its own: its command line, what it is given (a
// database, keys, a verifier of tokens, certificates, connections to its peers), what operators see of it, and its life
// from the first line of the log to the last.
//
// A main declares its settings, embedding [Settings] or [EdgeSettings], and a function that opens what it serves; the
// rest stands here once, so that all processes are started, watched and stopped in the same way.
//
// # What may be relied on
//
// A process that cannot do what its settings ask for says so by the setting's name and ends, with code 2 if that is seen
// from the settings alone and 1 otherwise. It speaks in clear text only if told to by --insecure. It never migrates a
// database while it serves: `migrate` does, and `serve` refuses one that is too old or too new.
//
// The ops port answers before anything else is opened and until everything else is closed. /livez looks at nothing, so
// that a database which is away restarts nobody. /startupz and /readyz say whether this process serves; a database that is
// away does not change that: all replicas share it, and taking them all out at once helps nobody, while a call that needs
// it is refused as UNAVAILABLE and may be repeated. /readyz fails for good once damage was found in the database, and
// says so, without failing, while nothing can be written.
//
// SIGTERM (or SIGINT) drains: /readyz and the gRPC health service refuse at once, calls are still taken for --drain-wait,
// then streams without a deadline end and the other calls under way get --drain-limit, and what was opened is closed in the
// reverse order. The code is 0. A second signal ends the process at once.
package process
