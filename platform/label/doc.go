// Package label returns the labels of the contract in Chinese and English: of fields, kinds of messages, values of
// enums and methods. The labels are options in the protos (wancun/label/v1/label.proto); this package only looks them
// up.
//
// Every program that shows the contract to people takes its labels from here. A new field therefore only needs a label
// in the proto. A test of the contract (tests/contract) reports what has no label.
package label
