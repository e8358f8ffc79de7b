// Package config owns how every program of the suite reads its settings, so that an operator learns it only once.
//
// A program declares its settings as one struct with kong tags (name, help, default, required, enum, embed and prefix).
// The value of a setting comes from the first of these that has it:
//
//	a flag                     --database.url=postgres://…
//	an environment variable    WANCUN_DATABASE_URL
//	a key of a YAML file       database: {url: …}, the file named by --config or WANCUN_CONFIG
//	its default
//
// Names are the same everywhere: a dot in a flag's name (from the tag prefix:"database.") is a level in the file and an
// underscore in the environment. A required setting that is missing, a value that does not fit, and a key of the file
// that is no setting are refused by name before the program does anything. --print-config shows the settings in effect,
// in the form of such a file, with secrets hidden.
//
// Secrets are of type Secret or SecretFile. They are hidden when printed, logged or marshalled; only Reveal, Bytes and
// Read return them.
package config
