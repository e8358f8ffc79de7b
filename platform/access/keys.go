package access

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/sync/singleflight"
)

const (
	// askAgainAfter is the pause between requests to the provider. Every forged token with an unknown key id requests
	// the keys again, so without a pause any client could make the server flood the provider. A new key is noticed
	// after at most this time.
	askAgainAfter = 5 * time.Second
	// retryAfter is the pause after a failed request to the provider.
	retryAfter       = time.Second
	maxDocumentBytes = 1 << 20
)

// remoteKeys are the keys that a provider publishes. They are discovered at the first use, and fetched again when a
// token names an unknown key.
type remoteKeys struct {
	issuer string
	client *http.Client
	flight singleflight.Group

	mu    sync.Mutex
	found *oidc.RemoteKeySet
}

func newRemoteKeys(issuer string, client *http.Client, clock func() time.Time) *remoteKeys {
	paced := *client
	if paced.Transport == nil {
		paced.Transport = http.DefaultTransport
	}
	paced.Transport = &pacedTransport{next: paced.Transport, clock: clock, last: map[string]answer{}}
	return &remoteKeys{issuer: issuer, client: &paced}
}

// VerifySignature implements [oidc.KeySet].
func (k *remoteKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	keys, err := k.discovered(ctx)
	if err != nil {
		return nil, err
	}
	return keys.VerifySignature(ctx, token)
}

func (k *remoteKeys) discovered(ctx context.Context) (*oidc.RemoteKeySet, error) {
	k.mu.Lock()
	found := k.found
	k.mu.Unlock()
	if found != nil {
		return found, nil
	}
	done := k.flight.DoChan("", func() (any, error) { return k.discover(context.WithoutCancel(ctx)) })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-done:
		keys, _ := result.Val.(*oidc.RemoteKeySet)
		return keys, result.Err
	}
}

// discover serves all waiting calls, so it continues when the call that started it ends. The client's timeout bounds
// it.
func (k *remoteKeys) discover(ctx context.Context) (*oidc.RemoteKeySet, error) {
	ctx = oidc.ClientContext(ctx, k.client)
	provider, err := oidc.NewProvider(ctx, k.issuer)
	if err != nil {
		return nil, &unreachableError{fmt.Errorf("discover the issuer: %w", err)}
	}
	var document struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return nil, &unreachableError{fmt.Errorf("read the issuer's discovery document: %w", err)}
	}
	keys := oidc.NewRemoteKeySet(ctx, document.Keys)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.found = keys
	return keys, nil
}

// unreachableError means that the provider could not be reached, so that the token could not be verified.
type unreachableError struct{ cause error }

func (e *unreachableError) Error() string { return e.cause.Error() }
func (e *unreachableError) Unwrap() error { return e.cause }

// pacedTransport returns the last answer of a URL for a while instead of requesting it again.
type pacedTransport struct {
	next  http.RoundTripper
	clock func() time.Time

	mu   sync.Mutex
	last map[string]answer // by URL: the discovery document and the key set
}

type answer struct {
	at     time.Time
	header http.Header
	body   []byte
	err    error
}

// RoundTrip implements [http.RoundTripper]. An answer other than 200 is an error, so that it is not mistaken for a key
// set without the key.
func (t *pacedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	url, now := r.URL.String(), t.clock()
	a, ok := t.last[url]
	if pause := a.pause(); !ok || now.Sub(a.at) >= pause {
		a = t.ask(r)
		a.at = now
		t.last[url] = a
	}
	if a.err != nil {
		return nil, &unreachableError{a.err}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), Request: r,
	}, nil
}

func (a answer) pause() time.Duration {
	if a.err != nil {
		return retryAfter
	}
	return askAgainAfter
}

func (t *pacedTransport) ask(r *http.Request) answer {
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return answer{err: fmt.Errorf("get %s: %w", r.URL, err)}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocumentBytes))
	err = errors.Join(err, response.Body.Close())
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	if err != nil {
		return answer{err: fmt.Errorf("get %s: %w", r.URL, err)}
	}
	return answer{header: response.Header, body: body}
}
