// Package loglimit limits how often a logger writes the same line, so that one fault that many calls meet does not fill
// the log. The line that comes after the interval says how many were left out.
package loglimit
