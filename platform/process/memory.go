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

// LimitMemory sets the runtime's memory limit unless GOMEMLIMIT sets it: to nine tenths of the limit of the process's
// control group, or to half of the machine's memory if the group has no limit. Near the limit the garbage collector
// runs more often, and returns the memory of a burst of requests to the system. Every program of the suite calls it
// first. It sets no limit where it can read neither value, as on systems other than Linux.
func LimitMemory() {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 { // a negative value only reads the limit
		return
	}
	if limit := memoryLimit(os.DirFS("/")); limit > 0 {
		debug.SetMemoryLimit(limit)
	}
}

// memoryLimit returns the limit according to the files of a system, 0 if it is unknown.
func memoryLimit(root fs.FS) int64 {
	machine := machineMemory(root)
	group := groupMemory(root)
	if group > 0 && (machine == 0 || group < machine) {
		return group / 10 * 9
	}
	return machine / 2
}

// machineMemory returns the memory of the machine, 0 if it is unknown.
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

// groupMemory returns the smallest limit of the control group and its ancestors, in either version of control groups; 0
// if there is none.
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

// bytesIn returns the number in a file, 0 if the file has none, as for "max".
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
