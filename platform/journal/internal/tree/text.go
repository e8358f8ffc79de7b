package tree

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Text returns the part of a checkpoint that is signed, in the C2SP tlog-checkpoint form: origin, size, and root in
// base64, each on its own line.
func Text(origin string, size int64, root tlog.Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
}

var errText = errors.New("not a checkpoint: want an origin, a size and a root on a line each")

// Parse reads a text that Text returned. Lines after the third are extensions that the form allows; the signature
// covers them, and they do not describe the tree. A size or root that is not written as Text writes it is refused.
func Parse(text string) (origin string, size int64, root tlog.Hash, err error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return "", 0, tlog.Hash{}, errText
	}
	size, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return "", 0, tlog.Hash{}, errText
	}
	b, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(b) != tlog.HashSize {
		return "", 0, tlog.Hash{}, errText
	}
	return lines[0], size, tlog.Hash(b), nil
}
