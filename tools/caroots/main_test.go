package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func TestTheFileHoldsEveryAuthorityWithoutConditionAndNoOther(t *testing.T) {
	want := map[string]bool{}
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			want[string(root.Certificate)] = true
		}
	}
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(out.Bytes()) {
		t.Fatal("the file is not one that TLS reads")
	}
	got := 0
	for block, rest := pem.Decode(out.Bytes()); block != nil; block, rest = pem.Decode(rest) {
		if got++; !want[string(block.Bytes)] {
			t.Errorf("certificate %d is trusted with a condition, or not at all", got)
		}
	}
	if got != len(want) || got < 100 {
		t.Errorf("the file holds %d certificates; want %d, and more than 100", got, len(want))
	}
}
