// Package config owns how every program of the suite reads its settings, so that an operator learns it once.
//
// A program declares its settings as one struct with kong tags (name, help, default, required, enum, embed and prefix). Each
// setting can then be given, the first that is there deciding, as
//
//	a flag                     --database.url=postgres://…
//	an environment variable    WANCUN_DATABASE_URL
//	a key of a YAML file       database: {url: …}, the file named by --config or WANCUN_CONFIG
//	its default
//
// Names are the same everywhere: a dot in a flag's name (from the tag prefix:"database.") is a level in the file and an
// underscore in the environment. What may be relied on: a setting that is missing and required, a value that does not
// fit and a key of the file that no setting has are refused by name before the program does anything; --print-config
// shows what is in effect, in the form of such a file, with secrets hidden.
//
// Secrets are of type Secret or SecretFile. They do not print, log or marshal; only Reveal and Bytes give them away.
package config
