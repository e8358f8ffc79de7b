package secret_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/wancun/wancun/services/org/internal/secret"
)

func TestOnlyATextOfTheSamePurposeAndKeyIsOpened(t *testing.T) {
	ids := []string{uuid.NewString(), uuid.NewString()}
	s := secret.New([]byte("key"), "session", 2)
	text, err := s.Seal(ids...)
	if err != nil || len(text) != s.Length() {
		t.Fatalf("Seal = %q, %v", text, err)
	}
	if got, err := s.Open(text); err != nil || got[0] != ids[0] || got[1] != ids[1] {
		t.Errorf("Open = %v, %v", got, err)
	}
	other := uuid.NewString()
	swapped, err := secret.New([]byte("another key"), "session", 2).Seal(ids[0], other)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		by   secret.Sealer
		text string
		want error
	}{
		"another purpose": {secret.New([]byte("key"), "invitation", 2), text, secret.ErrForged},
		"another key":     {s, swapped, secret.ErrForged},
		"a part":          {s, text[:20], secret.ErrMalformed},
		"no text":         {s, "", secret.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := c.by.Open(c.text); !errors.Is(err, c.want) {
				t.Errorf("Open = %v, want %v", err, c.want)
			}
		})
	}
}
