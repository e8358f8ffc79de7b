package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/telemetry"
)

// guide is the path of the operators' guide.
const guide = "../../../docs/operating.md"

// setting is a flag in a program's --help, or a row of the guide's tables.
type setting struct{ name, variable, preset string }

var (
	helped   = regexp.MustCompile(`(?m)^ {2,6}(?:-\w, )?--(?:\[no-\])?([a-z][a-z-]*)(?:="?([^\s"]+)"?)?`)
	required = regexp.MustCompile(` --([a-z-]+)=`)
	tabled   = regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| (?:`([A-Z_]+)`|–) \\| ([^|]*) \\|")
)

// settings returns the flags that a program's --help lists. A flag without a default has the preset "none"; --help
// shows its placeholder, in capitals, instead of a default.
func settings(t *testing.T, command ...string) []setting {
	t.Helper()
	help := must(t, append(command, "--help")...).out
	usage, _, _ := strings.Cut(help, "\n")
	needed := map[string]bool{}
	for _, found := range required.FindAllStringSubmatch(usage, -1) {
		needed[found[1]] = true
	}
	var all []setting
	for _, found := range helped.FindAllStringSubmatch(help, -1) {
		s := setting{name: found[1], preset: found[2], variable: "WANCUN_" + strings.ToUpper(strings.ReplaceAll(found[1], "-", "_"))}
		switch {
		case needed[s.name]:
			s.preset = "required"
		case s.preset == "" || strings.ToUpper(s.preset) == s.preset && strings.ToLower(s.preset) != s.preset:
			s.preset = "none"
		}
		if !strings.Contains(help, "$"+s.variable) {
			s.variable = ""
		}
		if s.name != "help" {
			all = append(all, s)
		}
	}
	return all
}

func TestTheGuideNamesEverySettingOfEveryProcess(t *testing.T) {
	rows := map[string]setting{}
	for _, row := range tabled.FindAllStringSubmatch(read(t, guide), -1) {
		rows[row[1]] = setting{row[1], row[2], row[3]}
	}
	there := map[string]bool{}
	for _, part := range parts {
		commands := []string{"serve", "migrate"}
		if part == "gateway" {
			commands = []string{"serve"}
		}
		for _, command := range commands {
			for _, s := range settings(t, part, command) {
				there[s.name] = true
				if wrong := misrepresented(rows[s.name], s); wrong != "" {
					t.Errorf("%s %s has --%s: docs/operating.md %s", part, command, s.name, wrong)
				}
			}
		}
	}
	for name := range rows {
		if !there[name] {
			t.Errorf("docs/operating.md has --%s, which no process has", name)
		}
	}
}

// misrepresented describes how a row of the guide differs from a setting; "" if it does not.
func misrepresented(row, s setting) string {
	switch {
	case row.name == "":
		return "has no row for it"
	case row.variable != s.variable:
		return fmt.Sprintf("says %q is its variable; it is %q", row.variable, s.variable)
	case s.preset == "none" && slices.Contains([]string{"none", "true", "false", "required", ""}, row.preset):
		return "" // --help shows no default of switches, and does not mark flags of which one is required
	case s.preset == "required" && row.preset == "required", strings.Contains(row.preset, "`"+s.preset+"`"):
		return ""
	}
	return fmt.Sprintf("says its default is %s; it is %s", row.preset, s.preset)
}

func TestTheGuideNamesEveryFlagOfTheCommands(t *testing.T) {
	rows := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `wancun ([a-z ]+)` \\| ([^|]*) \\|$").FindAllStringSubmatch(read(t, guide), -1) {
		rows[row[1]] = row[2]
	}
	for _, command := range []string{"up", "token", "verify", "load", "play", "bulletin", "demo", "keys", "certs"} {
		for _, s := range settings(t, strings.Fields(command)...) {
			if !strings.Contains(rows[command], "`--"+s.name+"`") {
				t.Errorf("wancun %s has --%s, and docs/operating.md does not name it in the row of that command", command, s.name)
			}
		}
	}
}

func TestTheGuideNamesEveryMeasureOfOurs(t *testing.T) {
	signals, err := telemetry.Start(t.Context(), telemetry.Config{Service: "test", Logs: io.Discard, Prometheus: true})
	if err != nil {
		t.Fatal(err)
	}
	measures, err := telemetry.NewInstruments(signals.Meter())
	if err != nil {
		t.Fatal(err)
	}
	measures.Watched()(t.Context(), "p", 1)
	measures.CacheReads("c")(t.Context(), "memory")
	measures.Numbered("l")(t.Context(), 1, 1, time.Second)
	measures.Staged("l")(t.Context(), time.Second)
	measures.Compared("l")(t.Context(), 1, 0, time.Unix(1, 0))
	measures.Applied("l")(t.Context(), 1, 1, time.Second)
	answer := httptest.NewRecorder()
	signals.MetricsHandler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))

	names := func(pattern, text string) []string {
		var found []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			found = append(found, m[1])
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	exported := names(`(?m)^# TYPE (wancun_\w+)`, answer.Body.String())
	if listed := names("(?m)^\\| `(wancun_\\w+)`", read(t, guide)); len(exported) == 0 || !slices.Equal(listed, exported) {
		t.Errorf("docs/operating.md lists %q; there are %q", listed, exported)
	}
}

func TestTheGuideLeadsSomewhere(t *testing.T) {
	text := read(t, guide)
	for _, link := range regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`).FindAllStringSubmatch(text, -1) {
		if file := link[1]; file != "" {
			if _, err := os.Stat(filepath.Join(filepath.Dir(guide), file)); err != nil {
				t.Errorf("a link leads to %s: %v", file, err)
			}
			continue
		}
		heading := "(?im)^#+ " + strings.ReplaceAll(regexp.QuoteMeta(link[2]), "-", "[ -]") + "$"
		if !regexp.MustCompile(heading).MatchString(text) {
			t.Errorf("a link leads to #%s, which is no heading", link[2])
		}
	}
}
