package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/page"
)

func TestAPageHolds50UnlessAskedAndNeverMoreThan1000(t *testing.T) {
	for requested, want := range map[int32]int{-1: 50, 0: 50, 1: 1, 999: 999, 1000: 1000, 1001: 1000, 1 << 30: 1000} {
		if got := page.Size(requested); got != want {
			t.Errorf("Size(%d) = %d, want %d", requested, got, want)
		}
	}
}

var (
	key    = bytes.Repeat([]byte{7}, page.KeySize)
	query  = sha256.Sum256([]byte("ListNeeds state = OPEN order by create_time"))
	cursor = []byte("433124001201\x00needs/lamp")
)

func TestATokenOpensOnEveryReplicaThatHasTheKey(t *testing.T) {
	here, there := newSealer(t, key), newSealer(t, key)
	got, err := there.Open(query, here.Seal(query, cursor))
	if err != nil || !bytes.Equal(got, cursor) {
		t.Errorf("Open(Seal(%q)) = %q, %v", cursor, got, err)
	}
}

func TestATokenShowsNothingOfTheCursorAndNeverRepeats(t *testing.T) {
	s := newSealer(t, key)
	first, second := s.Seal(query, cursor), s.Seal(query, cursor)
	if first == second {
		t.Error("two tokens of one cursor are equal: who holds both learns that nothing changed")
	}
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatalf("a token is not plain base64url: %v", err)
	}
	if bytes.Contains(raw, cursor[:6]) {
		t.Error("the cursor can be read in the token")
	}
}

func TestATokenThatThisListDidNotMakeIsRefusedOnPageToken(t *testing.T) {
	s := newSealer(t, key)
	good := s.Seal(query, cursor)
	cases := map[string]string{
		"of another query":       s.Seal(sha256.Sum256([]byte("ListNeeds state = CLOSED")), cursor),
		"under another key":      newSealer(t, bytes.Repeat([]byte{8}, page.KeySize)).Seal(query, cursor),
		"of the next version":    "Ag" + good[2:],
		"cut short":              good[:len(good)-4],
		"cut to its version":     "AQ",
		"made longer":            good + "AAAA",
		"not base64":             "../../etc/passwd",
		"empty":                  "",
		"as long as a fileserve": strings.Repeat("A", 1<<20),
	}
	for name, token := range cases {
		t.Run(name, func(t *testing.T) { wantRefused(t, s, token) })
	}
}

func TestChangingAnyOneCharacterOfATokenIsNoticed(t *testing.T) {
	s := newSealer(t, key)
	good := s.Seal(query, cursor)
	for i := range good {
		other := byte('A')
		if good[i] == other {
			other = 'B'
		}
		wantRefused(t, s, good[:i]+string(other)+good[i+1:])
	}
}

func TestAKeyOfTheWrongLengthIsRefusedAtTheStart(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := page.NewSealer(make([]byte, n)); err == nil {
			t.Errorf("NewSealer took a key of %d bytes", n)
		}
	}
}

func FuzzNoTokenMakesOpenAnythingButRefuse(f *testing.F) {
	s := newSealer(f, key)
	f.Add("")
	f.Add("AQ")
	f.Add(s.Seal(sha256.Sum256(nil), cursor))
	f.Fuzz(func(t *testing.T, token string) { wantRefused(t, s, token) })
}

func newSealer(tb testing.TB, key []byte) *page.Sealer {
	tb.Helper()
	s, err := page.NewSealer(key)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func wantRefused(tb testing.TB, s *page.Sealer, token string) {
	tb.Helper()
	got, err := s.Open(query, token)
	e, ok := fault.From(err)
	if !ok || e.Code() != codes.InvalidArgument || e.Violations()[0].Field != "page_token" {
		tb.Errorf("Open(%.40q) = %q, %v; want INVALID_ARGUMENT on page_token", token, got, err)
	}
}
