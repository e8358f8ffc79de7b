package process

import (
	"testing"
	"testing/fstest"
)

func TestTheMemoryLimitFollowsTheControlGroupOrTheMachine(t *testing.T) {
	const gibibyte = 1 << 30
	machine := map[string]string{"proc/meminfo": "MemTotal:        8388608 kB\nMemFree: 1 kB\n"}
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"a machine": {machine, 4 * gibibyte},
		"a container": {map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1000000000\n",
		}, 900_000_000},
		"a unit without a limit in a slice with one": {map[string]string{
			"proc/self/cgroup": "0::/system.slice/wancun.service\n", "sys/fs/cgroup/system.slice/wancun.service/memory.max": "max\n",
			"sys/fs/cgroup/system.slice/memory.max": "2000000000\n",
		}, 1_800_000_000},
		"a group without a limit": {map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n",
		}, 4 * gibibyte},
		"a group of the first version": {map[string]string{
			"proc/self/cgroup": "5:cpu:/a\n4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "500000000\n",
		}, 450_000_000},
		"one of the first version without a limit": {map[string]string{
			"proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 4 * gibibyte},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{}
			for _, files := range []map[string]string{machine, c.files} {
				for name, text := range files {
					root[name] = &fstest.MapFile{Data: []byte(text)}
				}
			}
			if got := memoryLimit(root); got != c.want {
				t.Errorf("the limit is %d, want %d", got, c.want)
			}
		})
	}
	if got := memoryLimit(fstest.MapFS{}); got != 0 {
		t.Errorf("where nothing can be read the limit is %d, want none", got)
	}
}
