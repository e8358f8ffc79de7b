package gateway

import (
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/limits"
)

// entry checks a request before its body is read: it verifies the caller's token, checks that one of the caller's roles
// may make the call, and limits the size of the body by the method. The service repeats the checks. Requests of methods
// without a body are checked only by the service.
type entry struct {
	policies *access.Policies
	verifier access.Verifier
	memory   *limits.Memory
	problems problemWriter
}

func newEntry(p problemWriter, v access.Verifier, m *limits.Memory) (*entry, error) {
	policies, err := access.NewPolicies(p.routes.services)
	if err != nil {
		return nil, err
	}
	if m == nil {
		m = limits.NewMemory(0)
	}
	return &entry{policies, v, m, p}, nil
}

// checked is a middleware for all routes.
func (e *entry) checked(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		o := e.problems.routes.of(r)
		if !o.upload && (r.Body == nil || r.Body == http.NoBody) {
			next(w, r, path)
			return
		}
		var by access.Principal
		if o.body != "" {
			var err error
			if by, err = e.policies.Enter(r.Context(), e.verifier, o.method, r.Header.Values("Authorization")); err != nil {
				e.problems.write(w, r, e.problems.public(r.Context(), o.method, err), o.method)
				return
			}
		}
		hold := e.memory.Hold(by.Subject)
		defer hold.Give()
		if o.upload {
			r.Body = newMessagesBody(r.Body, o.shape, hold)
			next(w, r, path)
			return
		}
		r.Body = &limitedBody{
			ReadCloser: http.MaxBytesReader(w, r.Body, int64(o.most)), most: o.most, length: r.ContentLength,
			shape: o.shape, under: o.under(), hold: hold,
		}
		next(w, r, path)
	}
}
