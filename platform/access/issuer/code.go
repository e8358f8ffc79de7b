package issuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

const (
	codeBytes = 24
	maxCodes  = 128
)

// codes are the unused sign-in codes. They are kept in memory only, so a restart revokes them.
type codes struct {
	clock func() time.Time
	mu    sync.Mutex
	open  []invitation
}

type invitation struct {
	hash    [sha256.Size]byte
	subject string
	grants  []*accessv1.Grant
	until   time.Time
}

// Invite returns a code that signs subject in once, within ttl. At most 128 codes are open at a time; a further code
// revokes the oldest.
func (i *Issuer) Invite(subject string, grants []*accessv1.Grant, ttl time.Duration) (string, error) {
	if subject == "" || ttl <= 0 {
		return "", errors.New("make sign-in code: a subject and a time to live are needed")
	}
	if _, err := access.ClaimsOf(grants); err != nil {
		return "", fmt.Errorf("make sign-in code: %w", err)
	}
	random := make([]byte, codeBytes)
	if _, err := io.ReadFull(i.config.Random, random); err != nil {
		return "", fmt.Errorf("make sign-in code: %w", err)
	}
	code := base64.RawURLEncoding.EncodeToString(random)
	i.codes.add(invitation{sha256.Sum256([]byte(code)), subject, grants, i.config.Clock().Add(ttl)})
	return code, nil
}

// Redeem exchanges a code for a token that expires after ttl. An unknown, used or expired code is UNAUTHENTICATED; the
// error does not distinguish them. A text that cannot be a code, such as a part of one, is INVALID_ARGUMENT.
func (i *Issuer) Redeem(code string, ttl time.Duration) (string, error) {
	if raw, err := base64.RawURLEncoding.DecodeString(code); err != nil || len(raw) != codeBytes {
		return "", fault.Invalid("code", "CODE_MALFORMED", "is not a whole sign-in code, which has %d characters",
			base64.RawURLEncoding.EncodedLen(codeBytes))
	}
	invited, ok := i.codes.take(code)
	if !ok {
		return "", fault.Unauthenticated("CODE_INVALID", "the sign-in code is not valid any more")
	}
	return i.Mint(invited.subject, invited.grants, ttl)
}

func (c *codes) add(one invitation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropOld()
	if len(c.open) >= maxCodes {
		c.open = slices.Delete(c.open, 0, 1)
	}
	c.open = append(c.open, one)
}

// take compares the code with every open code in constant time, so that the duration reveals nothing about a guess.
func (c *codes) take(code string) (invitation, bool) {
	hash := sha256.Sum256([]byte(code))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropOld()
	at := -1
	for n := range c.open {
		if subtle.ConstantTimeCompare(c.open[n].hash[:], hash[:]) == 1 {
			at = n
		}
	}
	if at < 0 {
		return invitation{}, false
	}
	taken := c.open[at]
	c.open = slices.Delete(c.open, at, at+1)
	return taken, true
}

func (c *codes) dropOld() {
	now := c.clock()
	c.open = slices.DeleteFunc(c.open, func(one invitation) bool { return !now.Before(one.until) })
}
