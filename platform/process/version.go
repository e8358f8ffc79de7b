package process

import (
	"fmt"
	"runtime/debug"
)

// version is the release, set by go build -ldflags "-X github.com/wancun/wancun/platform/process.version=1.2.3".
var version string

// Version returns the version of the build: the release, else the version that Go derives from the commit, else dev.
// Every program prints it, and telemetry reports it as service.version.
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

// VersionLine returns what the named program prints for --version: its version, and the compiler and the commit if they
// are known.
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
