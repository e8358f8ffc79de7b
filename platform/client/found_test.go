package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/fault"
)

// register answers as a BatchGet method: all of the names or none.
type register struct {
	absent []string
	sizes  []int // the numbers of names in the calls
}

func (r *register) batchGet(_ context.Context, names []string) ([]string, error) {
	r.sizes = append(r.sizes, len(names))
	for _, name := range names {
		if slices.Contains(r.absent, name) {
			return nil, fault.NotFound(name).GRPCStatus().Err()
		}
	}
	return names, nil
}

func numbered(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("things/%d", i))
	}
	return names
}

func TestWhatExistsIsFoundBesideWhatDoesNot(t *testing.T) {
	r := &register{absent: []string{"things/1", "things/1002"}}
	found, unknown, err := Found(t.Context(), numbered(1003), 20, r.batchGet)
	if diff := cmp.Diff(r.absent, unknown); err != nil || diff != "" || len(found) != 1001 {
		t.Errorf("Found = %d found, %v, want 1001 and (-want +got):\n%s", len(found), err, diff)
	}
	if diff := cmp.Diff([]int{1000, 999, 3, 2}, r.sizes); diff != "" {
		t.Errorf("sizes of the calls (-want +got):\n%s", diff)
	}
}

func TestTooManyUnknownNamesEndTheSearch(t *testing.T) {
	names := numbered(500)
	r := &register{absent: names}
	_, unknown, err := Found(t.Context(), names, 20, r.batchGet)
	if err != nil || len(unknown) != 21 || len(r.sizes) != 21 {
		t.Errorf("Found = %d unknown after %d calls, %v, want 21 after 21", len(unknown), len(r.sizes), err)
	}
}

func TestAnErrorThatIsNotAboutANameIsReturned(t *testing.T) {
	down := errors.New("down")
	for _, failed := range []error{down, fault.NotFound("things/other")} {
		_, _, err := Found(t.Context(), numbered(1), 20, func(context.Context, []string) ([]string, error) { return nil, failed })
		if !errors.Is(err, failed) {
			t.Errorf("Found = %v, want %v", err, failed)
		}
	}
}
