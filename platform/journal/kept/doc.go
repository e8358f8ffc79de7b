// Package kept keeps the newest checkpoint of a log in a file apart from the log's database, and compares the two.
//
// A log that was cut short together with its checkpoints looks whole. Who cuts it without changing the file as well is found
// out at the next start of the service, and by verify, which takes the directory as its --known.
package kept
