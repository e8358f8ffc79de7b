package process

import (
	"fmt"
	"runtime/debug"
)

// version is what a release is called: go build -ldflags "-X github.com/wancun/wancun/platform/process.version=1.2.3".
var version string

// Version names the build: the release, else what Go notes of the commit it builds, else dev. Every program prints it and
// telemetry reports it as service.version, from here alone.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case version != "":
		return version
	case ok && info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	default:
		return "dev"
	}
}

// VersionLine is what the named program says of itself: its version, and the compiler and commit behind it where they are
// known.
func VersionLine(program string) string {
	line := program + " " + Version()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return line
	}
	line += " " + info.GoVersion
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			line += fmt.Sprintf(" (commit %s)", s.Value)
		}
	}
	return line
}
