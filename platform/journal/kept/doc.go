// Package kept keeps the newest checkpoint of a log in a file outside the log's database, and compares the two.
//
// A log that was cut short together with its checkpoints looks complete. Unless the file was changed as well, the next
// start of the service detects it, and so does verify, which accepts the directory as its --known.
package kept
