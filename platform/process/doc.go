// Package process runs one part of the suite as a process: its command line, what it needs (a database, keys, a
// verifier of tokens, certificates, connections to its peers), its ops port, and its life cycle from the first log line
// to the last.
//
// A main declares its settings, embedding [Settings] or [EdgeSettings], and a function that opens what it serves. This
// package does the rest, so that all processes are started, monitored and stopped in the same way.
//
// # What may be relied on
//
// A process that cannot run with its settings reports the name of the setting and exits, with code 2 if the settings
// alone are invalid and with code 1 otherwise. It uses clear text only with --insecure. It never migrates a database
// while it serves: `migrate` does, and `serve` refuses a database whose schema is too old or too new.
//
// The ops port answers before anything else is opened and until everything else is closed. /livez checks nothing, so
// that an unreachable database restarts no process. /startupz and /readyz report whether this process serves. An
// unreachable database does not change them: all replicas share it, so taking all of them out of service would not
// help, and a call that needs the database is refused as UNAVAILABLE and may be repeated. /readyz fails permanently
// once damage was found in the database. While the database cannot be written, /readyz succeeds and reports it.
//
// SIGTERM (or SIGINT) drains the process: /readyz and the gRPC health service fail at once, and calls are still
// accepted for --drain-wait. Then streams without a deadline end, the other calls in flight have --drain-limit to end,
// and everything is closed in the reverse order of opening. The exit code is 0. A second signal ends the process at
// once.
package process
