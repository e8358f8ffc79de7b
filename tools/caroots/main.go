// Command caroots prints the certificate authorities that the image trusts, in PEM: Mozilla's list as the Go project
// publishes it, at the version in go.mod. An empty base image has none, and the authorities of the build machine would
// make builds differ.
package main

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"os"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "caroots:", err)
		os.Exit(1)
	}
}

// write leaves out authorities that are trusted with a condition. A PEM file cannot express conditions, so they would
// be trusted for more than in Mozilla's list.
func write(w io.Writer) error {
	var out bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return fmt.Errorf("encode certificate: %w", err)
		}
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("write certificates: %w", err)
	}
	return nil
}
