package signin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// leastLength is the least number of characters of a password. Length protects better than symbols that must be there.
const leastLength = 10

// hashesAtOnce bounds the memory: each hash takes 19 MiB.
const hashesAtOnce = 4

// commonest are the commonest passwords that are long enough, one a line, in lower case.
//
//go:embed commonest.txt
var commonest string

// checkPassword refuses a password that is short or easily guessed.
func checkPassword(password, signInName string) error {
	folded := strings.ToLower(password)
	switch {
	case utf8.RuneCountInString(password) < leastLength:
		return fault.Invalid("password", "PASSWORD_SHORT", "must have at least %d characters", leastLength)
	case strings.Contains("\n"+commonest, "\n"+folded+"\n"), strings.Trim(folded, folded[:1]) == "":
		return fault.Invalid("password", "PASSWORD_COMMON", "is one of the commonest passwords; choose another, such as several words")
	case strings.Contains(folded, signInName):
		return fault.Invalid("password", "PASSWORD_HAS_NAME", "must not contain the sign-in name")
	}
	return nil
}

// passwords stores the hashes of passwords. A hash is bound to its account and to a key outside the database: a hash that
// was copied to another account, or made without the key, fits no password.
type passwords struct {
	db    *database.DB
	key   []byte
	slots chan struct{}
	dummy string // compared for accounts without a password
}

func newPasswords(db *database.DB, key []byte) (*passwords, error) {
	p := &passwords{db: db, key: key, slots: make(chan struct{}, hashesAtOnce)}
	var err error
	if p.dummy, err = argon2id.CreateHash("no account has this password", costs()); err != nil {
		return nil, fmt.Errorf("hash password: %w", err)
	}
	return p, nil
}

// costs are those that OWASP recommends for argon2id.
func costs() *argon2id.Params {
	return &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

func (p *passwords) bound(account, password string) string {
	m := hmac.New(sha256.New, p.key)
	m.Write([]byte("wancun password " + account + "\x00" + password))
	return hex.EncodeToString(m.Sum(nil))
}

// slot waits until a hash may be computed. The caller calls the returned function afterwards.
func (p *passwords) slot(ctx context.Context) (func(), error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a hash: %w", ctx.Err())
	}
}

// set stores the password of an account.
func (p *passwords) set(ctx context.Context, account, password string, nowMicros int64) error {
	free, err := p.slot(ctx)
	if err != nil {
		return err
	}
	hash, err := argon2id.CreateHash(p.bound(account, password), costs())
	free()
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	if err := p.db.Apply(ctx, []database.Statement{{
		SQL: `INSERT INTO passwords (account, hash, change_us) VALUES ($1, $2, $3)
			ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, change_us = excluded.change_us`,
		Args: []any{account, hash, nowMicros}, Rows: 1,
	}}); err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	return nil
}

// fits reports whether a password is that of an account. It takes as long for an account without a password, also for
// the account "", which does not exist.
func (p *passwords) fits(ctx context.Context, account, password string) (bool, error) {
	found, err := database.All[struct {
		Hash string `db:"hash"`
	}](ctx, p.db.Reader(), `SELECT hash FROM passwords WHERE account = $1`, account)
	if err != nil {
		return false, fmt.Errorf("load password: %w", err)
	}
	hash, there := p.dummy, len(found) == 1
	if there {
		hash = found[0].Hash
	}
	free, err := p.slot(ctx)
	if err != nil {
		return false, err
	}
	defer free()
	same, err := argon2id.ComparePasswordAndHash(p.bound(account, password), hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return same && there, nil
}
