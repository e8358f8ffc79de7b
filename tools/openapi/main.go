package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: openapi PLUGIN <IMAGE >DOCUMENT")
	}
	image, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read the image: %w", err)
	}
	contract, err := ReadContract(image)
	if err != nil {
		return err
	}
	parts, err := contract.Translate(ctx, args[0])
	if err != nil {
		return err
	}
	document, err := Finish(contract, parts)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}
