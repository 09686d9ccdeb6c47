package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// ticks is the unit of times in /proc/PID/stat, the same on every Linux that Go runs on.
const ticks = 10 * time.Millisecond

// usageOf reads what a process has taken. What cannot be read is 0.
func usageOf(pid int) usage {
	var u usage
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil {
		// The second field is the name in brackets, which may hold anything.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 12 {
			u.CPU = time.Duration(number(fields[11])+number(fields[12])) * ticks
		}
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err == nil {
		if _, rest, found := bytes.Cut(maps, []byte("\nAnonymous:")); found {
			if fields := bytes.Fields(rest); len(fields) > 0 {
				u.Anonymous = number(fields[0]) << 10
			}
		}
	}
	return u
}

func number(text []byte) int64 {
	n, _ := strconv.ParseInt(string(text), 10, 64) // The kernel writes numbers.
	return n
}
