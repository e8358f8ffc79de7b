// Package loglimit limits how often a logger writes the same line, so that one fault in many calls does not fill the
// log. The next line after the interval has the number of lines left out.
package loglimit
