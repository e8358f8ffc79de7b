package session

import (
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/resource"
)

// kind declares the session. Reads and writes are limited to the accounts that a caller manages.
func kind() resource.Kind[*orgv1.Session] {
	type m = *orgv1.Session
	return resource.Kind[m]{
		Table:   "sessions",
		Belongs: resource.WithinOf[*orgv1.Account](),
		Columns: []resource.Column[m]{
			resource.Timestamp("expire_time", m.GetExpireTime),
			resource.Timestamp("end_time", m.GetEndTime),
		},
	}
}
