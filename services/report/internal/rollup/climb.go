package rollup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/figure"
)

type memberKey struct {
	campaign string
	slice    figure.Slice
	division int64
	member   string
}

type memberCount struct{ n, confirmed int64 }

type reachKey struct {
	campaign string
	slice    figure.Slice
	division int64
}

// reachCounts are organizations and villages, recorded and then confirmed, as in reachCounters.
type reachCounts [4]int64

// climb adds counts of members in the finest slices and carries upwards what follows from them: into the wider slices, and
// there from a division to the one that holds it. Only a member that appears or disappears changes the count of different
// ones, and that of such places one step up; so a batch that brings no new member to a place writes nothing above it.
func climb(ctx context.Context, w *work, finest map[memberKey]memberCount) error {
	reaches := map[reachKey]reachCounts{}
	for adding := finest; len(adding) > 0; {
		crossed, err := addMembers(ctx, w, adding)
		if err != nil {
			return err
		}
		adding = map[memberKey]memberCount{}
		for k, c := range crossed {
			for _, above := range k.above() {
				adding[above] = adding[above].plus(c)
			}
			if !k.slice.Finest() {
				rk := reachKey{k.campaign, k.slice, k.division}
				reaches[rk] = reaches[rk].plus(k.member, c)
			}
		}
	}
	addReaches(w, reaches)
	return nil
}

// above are the memberships that hold this one.
func (k memberKey) above() []memberKey {
	var out []memberKey
	for _, s := range k.slice.Wider() {
		out = append(out, memberKey{k.campaign, s, k.division / (lowestReach(s) / county), k.member})
	}
	if k.slice == figure.Whole && k.division > 0 {
		out = append(out, memberKey{k.campaign, k.slice, wider(k.division), k.member})
	}
	return out
}

func (c memberCount) plus(d memberCount) memberCount {
	return memberCount{c.n + d.n, c.confirmed + d.confirmed}
}

// plus counts a member that appeared (1) or disappeared (-1).
func (r reachCounts) plus(member string, c memberCount) reachCounts {
	if strings.HasPrefix(member, "organizations/") {
		r[0] += c.n
		r[2] += c.confirmed
	} else {
		r[1] += c.n
		r[3] += c.confirmed
	}
	return r
}

// memberRow is a membership after the change.
type memberRow struct {
	Campaign  string       `db:"campaign"`
	Slice     figure.Slice `db:"slice"`
	Division  int64        `db:"division"`
	Member    string       `db:"member"`
	N         int64        `db:"n"`
	Confirmed int64        `db:"confirmed_n"`
}

// addMembers adds to the stored memberships and returns those that crossed between none and some: 1 appeared, -1
// disappeared.
func addMembers(ctx context.Context, w *work, counts map[memberKey]memberCount) (map[memberKey]memberCount, error) {
	rows := make([][]any, 0, len(counts))
	for _, k := range sortedMembers(counts) {
		c := counts[k]
		rows = append(rows, []any{k.campaign, string(k.slice), k.division, k.member, c.n, c.confirmed})
	}
	crossed := map[memberKey]memberCount{}
	for _, s := range w.db.Insert(memberCounters.into, rows) {
		after, err := database.All[memberRow](ctx, w, s.SQL, s.Args...)
		if err != nil {
			return nil, fmt.Errorf("add to members: %w", err)
		}
		for _, r := range after {
			k := memberKey{r.Campaign, r.Slice, r.Division, r.Member}
			c := memberCount{crossing(r.N, counts[k].n), crossing(r.Confirmed, counts[k].confirmed)}
			if c != (memberCount{}) {
				crossed[k] = c
			}
		}
	}
	return crossed, nil
}

// crossing says whether a count that became after by delta left 0 (1), reached it (-1) or neither (0).
func crossing(after, delta int64) int64 {
	before := after - delta
	return int64(cmp.Compare(after, 0) - cmp.Compare(before, 0))
}

// sortedMembers are the keys of counts that change, in the order of the index.
func sortedMembers(counts map[memberKey]memberCount) []memberKey {
	keys := make([]memberKey, 0, len(counts))
	for k, c := range counts {
		if c != (memberCount{}) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b memberKey) int {
		return cmp.Or(cmp.Compare(a.campaign, b.campaign), cmp.Compare(a.slice, b.slice), cmp.Compare(a.division, b.division),
			cmp.Compare(a.member, b.member))
	})
	return keys
}

func addReaches(w *work, reaches map[reachKey]reachCounts) {
	rows := make([][]any, 0, len(reaches))
	for k, r := range reaches {
		if r != (reachCounts{}) {
			rows = append(rows, []any{k.campaign, string(k.slice), k.division, r[0], r[1], r[2], r[3]})
		}
	}
	w.put(reachCounters.into, rows)
}
