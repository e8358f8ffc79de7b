package org_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/org/internal/uscc"
)

// registered is the number of social organizations in China.
const registered = 900_000

// BenchmarkSearch lists organizations by a part of the name among 900,000. It reports p50 and p99 of a page of 50 over
// gRPC, of the following pages, and, for comparison, of a page without a filter. The parts are two to five characters
// of existing names, so frequent parts (协会) are searched in proportion to their frequency.
func BenchmarkSearch(b *testing.B) {
	for engine, open := range map[string]func(b *testing.B) *database.DB{
		"SQLite": func(b *testing.B) *database.DB { return servertest.Database(b) },
		"PostgreSQL": func(b *testing.B) *database.DB {
			db, err := database.Open(b.Context(), database.Config{URL: servertest.Postgres(b)})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = db.Close() })
			return db
		},
	} {
		b.Run(engine, func(b *testing.B) {
			c := orgv1.NewOrganizationServiceClient(serve(b, open(b)))
			names := registerAll(b, c)
			var found, plain []time.Duration
			for b.Loop() {
				name := []rune(names[rand.IntN(len(names))])
				from := rand.IntN(len(name) - 1)
				part := string(name[from:min(from+2+rand.IntN(4), len(name))])
				request := &orgv1.ListOrganizationsRequest{PageSize: 50, Filter: fmt.Sprintf("display_name:%q", part)}
				for range 3 {
					took, r := listed(b, c, request)
					found = append(found, took)
					if len(r.GetOrganizations()) == 0 {
						b.Fatalf("%s is not found", part)
					}
					if request.PageToken = r.GetNextPageToken(); request.GetPageToken() == "" {
						break
					}
				}
				took, _ := listed(b, c, &orgv1.ListOrganizationsRequest{PageSize: 50})
				plain = append(plain, took)
			}
			b.ReportMetric(quantile(found, 50), "p50-ms")
			b.ReportMetric(quantile(found, 99), "p99-ms")
			b.ReportMetric(quantile(plain, 50), "unfiltered-p50-ms")
			b.ReportMetric(quantile(found, 50)/quantile(plain, 50), "p50/unfiltered")
		})
	}
}

func listed(b *testing.B, c orgv1.OrganizationServiceClient, r *orgv1.ListOrganizationsRequest) (time.Duration, *orgv1.ListOrganizationsResponse) {
	b.Helper()
	began := time.Now()
	page, err := c.ListOrganizations(provinceAdmin(b), r)
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(began), page
}

func quantile(all []time.Duration, percent int) float64 {
	slices.Sort(all)
	return float64(all[(len(all)-1)*percent/100].Microseconds()) / 1000
}

// registerAll registers organizations with made-up names and returns the names.
func registerAll(b *testing.B, c orgv1.OrganizationServiceClient) []string {
	b.Helper()
	const atOnce = 1_000
	random := rand.New(rand.NewPCG(1, 2))
	names := make([]string, 0, registered)
	for len(names) < registered {
		r := &orgv1.BatchCreateOrganizationsRequest{}
		for range atOnce {
			o := organization(codeOf(b, len(names)), orgv1.Organization_SOCIAL_GROUP)
			o.DisplayName, o.Contact = nameFrom(random), nil
			names = append(names, o.GetDisplayName())
			r.Requests = append(r.Requests, &orgv1.CreateOrganizationRequest{Organization: o})
		}
		if _, err := c.BatchCreateOrganizations(provinceAdmin(b), r); err != nil {
			b.Fatal(err)
		}
	}
	return names
}

// codeOf returns a valid code of the province for a number.
func codeOf(b *testing.B, n int) string {
	b.Helper()
	const characters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body := fmt.Sprintf("51430000%08d", n)
	for _, subject := range characters {
		for _, last := range characters {
			if code := body + string(subject) + string(last); uscc.Check(code) == nil {
				return code
			}
		}
	}
	b.Fatalf("%s has no check characters", body)
	return ""
}

func nameFrom(random *rand.Rand) string {
	places := []string{
		"湖南省", "长沙市", "衡阳市", "湘西州", "泸溪县", "花垣县", "永顺县", "张家界市", "怀化市", "沅陵县", "溆浦县", "邵阳市", "隆回县",
		"城步县", "新化县", "安化县", "桂东县", "宜章县", "桑植县", "慈利县", "石门县", "平江县", "益阳市", "常德市", "永州市",
	}
	kinds := []string{"慈善基金会", "志愿者协会", "社会工作服务中心", "商会", "养老服务中心", "教育促进会", "公益服务中心", "扶贫协会", "医学会", "联合会"}
	characters := []rune("光明助学爱心阳光希望春晖同心众志康复医疗教育农业科技文化青年妇女老区红星金种子绿水青山仁和德善慈孝启航未来星火蓝天彩虹")
	name := places[random.IntN(len(places))]
	for range 2 + random.IntN(3) {
		name += string(characters[random.IntN(len(characters))])
	}
	return name + kinds[random.IntN(len(kinds))]
}
