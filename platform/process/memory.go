package process

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// LimitMemory sets the runtime's memory limit, unless GOMEMLIMIT does: to nine tenths of what the process's control group may
// take, or to half of the machine's memory if the group has no limit. Near the limit the collector works harder instead of
// letting the process grow, and what a burst of requests took is given back to the system. Every program of the suite calls
// it first. Where neither limit can be read, as on other systems than Linux, there is none.
func LimitMemory() {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 { // below 0 it only reports
		return
	}
	if limit := memoryLimit(os.DirFS("/")); limit > 0 {
		debug.SetMemoryLimit(limit)
	}
}

// memoryLimit is the limit by the files of a system; 0 if they do not tell.
func memoryLimit(root fs.FS) int64 {
	machine := machineMemory(root)
	group := groupMemory(root)
	if group > 0 && (machine == 0 || group < machine) {
		return group / 10 * 9
	}
	return machine / 2
}

// machineMemory is the memory of the machine; 0 if it is not known.
func machineMemory(root fs.FS) int64 {
	text, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return 0
	}
	var kibibytes int64
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "MemTotal: %d kB", &kibibytes); err == nil {
			return kibibytes << 10
		}
	}
	return 0
}

// groupMemory is the smallest limit of the control group and of those around it, in either version; 0 if there is none.
func groupMemory(root fs.FS) int64 {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	var least int64
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		base, file := "sys/fs/cgroup", "memory.max"
		switch controllers {
		case "":
		case "memory":
			base, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for at := path.Join("/", group); ; at = path.Dir(at) {
			if limit := bytesIn(root, path.Join(base, at, file)); limit > 0 && (least == 0 || limit < least) {
				least = limit
			}
			if at == "/" {
				break
			}
		}
	}
	return least
}

// bytesIn is the number in a file; 0 if there is none, as for "max".
func bytesIn(root fs.FS, name string) int64 {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
