package sheet_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
	"github.com/wancun/wancun/wancun/internal/sheet"
)

// reference opens a file of the reference data, which may exist in a folder beside the repository. Without the folder
// it skips the test.
func reference(t *testing.T, name string) *os.File {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			break
		}
	}
	file, err := os.Open(filepath.Join(filepath.Dir(dir), "shared", "data", name)) //nolint:gosec // a fixed name
	if err != nil {
		t.Skipf("no reference data beside the repository: %v", err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func TestTheDivisionsOfAProvinceAreReadWhole(t *testing.T) {
	s, err := sheet.Read("hunan-divisions.csv", reference(t, "hunan-divisions.csv"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Request(sheet.Defaults{Edition: "2020-06-30", Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[villagev1.Division_Level]int)
	for _, d := range as[*villagev1.ImportDivisionsRequest](t, m).GetDivisions() {
		got[d.GetLevel()]++
	}
	want := map[villagev1.Division_Level]int{
		villagev1.Division_PROVINCE: 1, villagev1.Division_PREFECTURE: 14, villagev1.Division_COUNTY: 137,
		villagev1.Division_TOWNSHIP: 2006, villagev1.Division_VILLAGE: 29479,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
