package recent

import (
	"context"
	"errors"
	"testing"
	"time"
)

// counting returns the number of times that it was asked.
type counting struct{ asked int }

func (c *counting) ask(context.Context, string) (int, error) {
	c.asked++
	return c.asked, nil
}

func TestAnAnswerIsKeptForAMoment(t *testing.T) {
	now := time.Date(2019, 8, 20, 0, 0, 0, 0, time.UTC)
	a, err := New[string, int](10, func() time.Time { return now })
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	var peer counting
	get := func(age Age, want int) {
		t.Helper()
		if got, err := a.Get(t.Context(), age, "key", peer.ask); err != nil || got != want {
			t.Errorf("Get = %d, %v, want answer %d", got, err, want)
		}
	}
	get(Kept, 1)
	get(Kept, 1)
	get(Fresh, 2)
	get(Kept, 2)
	now = now.Add(StaleAfter + time.Second)
	get(Kept, 3)
	a.Forget("key")
	get(Kept, 4)
}

func TestAnAnswerThatIsForgottenWhileAskedForIsNotKept(t *testing.T) {
	a, err := New[string, int](10, time.Now)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	calls := 0
	ask := func(context.Context, string) (int, error) {
		if calls++; calls == 1 {
			a.Forget("key") // a change commits after the peer has read
		}
		return calls, nil
	}
	if got, err := a.Get(t.Context(), Kept, "key", ask); err != nil || got != 2 {
		t.Errorf("Get = %d, %v, want the answer from after the change", got, err)
	}
}

func TestAnErrorIsNotKept(t *testing.T) {
	a, err := New[string, int](10, time.Now)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	down := errors.New("down")
	if _, err := a.Get(t.Context(), Kept, "key", func(context.Context, string) (int, error) { return 0, down }); !errors.Is(err, down) {
		t.Errorf("Get = %v, want %v", err, down)
	}
	if got, err := a.Get(t.Context(), Kept, "key", func(context.Context, string) (int, error) { return 7, nil }); err != nil || got != 7 {
		t.Errorf("Get after the error = %d, %v, want 7", got, err)
	}
}
