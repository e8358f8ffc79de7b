// Command caroots prints the certificate authorities that the image trusts, in PEM: those of Mozilla's list, as the Go
// project publishes them, at the version in go.mod. An image from scratch has none, and those of the machine that builds it
// would make two builds differ.
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

// write leaves out authorities that are trusted with a condition: a file cannot say it, and without it they would be
// trusted for more than Mozilla does.
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
