// Package label says what people call the things of the contract: fields, kinds of messages, values of enums and methods, in
// Chinese and English. The words are options in the protos (wancun/label/v1/label.proto); this package only finds them.
//
// Everything that shows the contract to people takes its words from here, so that a new field needs its label in the proto and
// no other line. A test of the contract (tests/contract) finds what has none.
package label
