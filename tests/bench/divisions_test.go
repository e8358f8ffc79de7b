package bench

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/village"
)

// divisionsFile contains the divisions of Hunan. It only exists where the shared data is beside the repository.
const divisionsFile = "../../../shared/data/hunan-divisions.csv"

// loads is how often each side loads the file, each time into an empty database.
const loads = 5

// BenchmarkLoadDivisions imports 31,637 divisions in one request over gRPC on loopback TCP. The other side inserts rows
// with the same content into one table whose only index is its key, with many rows in a statement, in one transaction.
func BenchmarkLoadDivisions(b *testing.B) {
	rows := divisions(b)
	engines(b, func(b *testing.B, empty func() string) {
		var ratios, ours, bare []float64
		for b.Loop() {
			for range loads {
				o, p := importAll(b, empty(), rows), insertAll(b, empty(), rows)
				ours, bare, ratios = append(ours, o), append(bare, p), append(ratios, o/p)
			}
		}
		medians(b, "rows/s", ratios, ours, bare)
	})
}

// importAll imports rows into an empty service and returns the rate in rows per second. Numbering continues after the
// response; importAll waits for it, so that it does not slow the other side down.
func importAll(b *testing.B, target string, rows []*villagev1.Division) float64 {
	b.Helper()
	service := servertest.Open(b, village.Service(), deps(b, "village", migrated(b, target, village.Service().Migrate)),
		village.Peers{Follow: func(context.Context, access.Source) error { return nil }})
	conn := servertest.Dial(b, serve(b, service.Register))
	ctx, cancel := context.WithTimeout(as(b.Context(), "admin", accessv1.Grant_PROVINCE_ADMIN, "43"), time.Minute)
	defer cancel()
	start := time.Now()
	r, err := villagev1.NewDivisionServiceClient(conn).ImportDivisions(ctx, &villagev1.ImportDivisionsRequest{
		Divisions: rows, Edition: "2020-06-30", Complete: true, RequestId: newID(),
	})
	took := time.Since(start)
	if err != nil || int(r.GetCreatedCount()) != len(rows) {
		b.Fatalf("ImportDivisions = %d created of %d, %v", r.GetCreatedCount(), len(rows), err)
	}
	if err := numbered(ctx, journalv1.NewJournalServiceClient(conn), "logs/village", int64(len(rows))); err != nil {
		b.Fatal(err)
	}
	return float64(len(rows)) / took.Seconds()
}

// insertAll inserts rows into a plain table and returns the rate in rows per second.
func insertAll(b *testing.B, target string, rows []*villagev1.Division) float64 {
	b.Helper()
	db := migrated(b, target, func(ctx context.Context, db *database.DB) error {
		return db.Apply(ctx, []database.Statement{{Rows: database.AnyRows, SQL: `CREATE TABLE bare (
			code TEXT PRIMARY KEY, display_name TEXT NOT NULL, display_name_en TEXT NOT NULL, level BIGINT NOT NULL, parent TEXT NOT NULL,
			kind TEXT NOT NULL)`}})
	})
	values := make([][]any, len(rows))
	for i, d := range rows {
		values[i] = []any{d.GetCode(), d.GetDisplayName(), d.GetDisplayNameEn(), int64(d.GetLevel()), d.GetParent(), d.GetKind()}
	}
	columns := []string{"code", "display_name", "display_name_en", "level", "parent", "kind"}
	start := time.Now()
	if err := db.Apply(b.Context(), db.Insert(database.Into("bare", columns...), values)); err != nil {
		b.Fatal(err)
	}
	return float64(len(rows)) / time.Since(start).Seconds()
}

// divisions reads the file. If it does not exist, it generates as many rows of the same form.
func divisions(b *testing.B) []*villagev1.Division {
	b.Helper()
	f, err := os.Open(filepath.FromSlash(divisionsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return madeUpDivisions()
	}
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }() // read completely
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	out := make([]*villagev1.Division, 0, len(records)-1)
	for _, r := range records[1:] {
		out = append(out, &villagev1.Division{Code: r[0], DisplayName: r[1], DisplayNameEn: r[2], Kind: r[5]})
	}
	return out
}

// madeUpDivisions returns a province with as many divisions of each level as Hunan, distributed as evenly as possible.
func madeUpDivisions() []*villagev1.Division {
	out := []*villagev1.Division{{Code: "430000000000", DisplayName: "湖南省", Kind: "province"}}
	add := func(code, kind string) {
		out = append(out, &villagev1.Division{Code: code + "000000000000"[len(code):], DisplayName: "示例" + code, Kind: kind})
	}
	for p := range 14 {
		prefecture := fmt.Sprintf("43%02d", p+1)
		add(prefecture, "prefecture_city")
		for c := range 9 {
			county := fmt.Sprintf("%s%02d", prefecture, c+21)
			add(county, "county")
			for t := range 15 {
				township := fmt.Sprintf("%s%03d", county, t+100)
				add(township, "town")
				for v := range 16 {
					add(fmt.Sprintf("%s%03d", township, v+200), "village_committee")
				}
			}
		}
	}
	return out
}
