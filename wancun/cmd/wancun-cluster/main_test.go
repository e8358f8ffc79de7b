package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestTheGuideNamesEveryFlag(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `wancun-cluster ?([a-z]*)` \\| ([^|]*) \\|$").FindAllStringSubmatch(string(guide), -1) {
		rows[row[1]] = row[2]
	}
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(false) {
		row := rows[strings.TrimPrefix(command.Name, "up")] // up is the default command and has no name in the guide
		for _, flag := range command.Flags {
			if !strings.Contains(row, "`--"+flag.Name+"`") {
				t.Errorf("%s has --%s, and docs/operating.md does not name it in the row of that command", command.Name, flag.Name)
			}
		}
		if len(command.Flags) == 0 {
			t.Errorf("%s has no flags", command.Name)
		}
	}
}
