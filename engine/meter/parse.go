package meter

import (
	"bufio"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/podlab/podlab/engine/picture"
)

// runID finds a container's ID in the name of its cgroup.
var runID = regexp.MustCompile(`[0-9a-f]{64}`)

// files are the figures of one container: by file and key, "" for a file with
// one figure.
type files map[string]map[string]int64

// parse reads what the script prints and tells each second's readings by the
// container's ID. It returns when r ends.
func parse(r io.Reader, now func() time.Time, tell func(map[string]picture.Reading)) error {
	found := map[string]files{}
	var figures map[string]int64
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == ".":
			if len(found) > 0 {
				tell(readings(found, now()))
			}
			found, figures = map[string]files{}, nil
		case strings.HasPrefix(line, "==> "):
			figures = file(found, strings.TrimSuffix(strings.TrimPrefix(line, "==> "), " <=="))
		case figures != nil:
			key, value, many := strings.Cut(line, " ")
			if !many {
				key, value = "", line
			}
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				figures[key] = n
			}
		}
	}
	return lines.Err()
}

// file makes room for the figures of a file; nil if it is of no container.
func file(found map[string]files, name string) map[string]int64 {
	id := runID.FindString(path.Base(path.Dir(name)))
	if id == "" {
		return nil
	}
	if found[id] == nil {
		found[id] = files{}
	}
	figures := map[string]int64{}
	found[id][path.Base(name)] = figures
	return figures
}

// readings are the containers of which all is known.
func readings(found map[string]files, at time.Time) map[string]picture.Reading {
	all := map[string]picture.Reading{}
	for id, f := range found {
		r := picture.Reading{At: at, Run: id}
		cpu, stat := f["cpu.stat"], f["memory.stat"]
		r.Periods, r.Throttled = cpu["nr_periods"], cpu["nr_throttled"]
		used, ok := f["memory.current"][""]
		inactive := stat["inactive_file"]
		r.CPU = time.Duration(cpu["usage_usec"]) * time.Microsecond
		if !ok { // version 1
			used, ok = f["memory.usage_in_bytes"][""]
			inactive = stat["total_inactive_file"]
			r.CPU = time.Duration(f["cpuacct.usage"][""])
		}
		if ok && cpu != nil {
			r.Memory = max(used-inactive, 0) // the working set, as the kubelet reckons it
			all[id] = r
		}
	}
	return all
}

// parseCounts reads the kubelet's metrics of its probes.
func parseCounts(text string) []picture.Count {
	var all []picture.Count
	for line := range strings.Lines(text) {
		labels, ok := strings.CutPrefix(line, "prober_probe_total{")
		if !ok {
			continue
		}
		labels, value, ok := strings.Cut(labels, "} ")
		n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if !ok || err != nil {
			continue
		}
		c := picture.Count{N: int64(n)}
		result := ""
		for pair := range strings.SplitSeq(labels, ",") {
			name, quoted, _ := strings.Cut(pair, "=")
			text := strings.Trim(quoted, `"`)
			switch name {
			case "pod_uid":
				c.UID = text
			case "container":
				c.Container = text
			case "probe_type":
				c.Kind = strings.ToLower(text)
			case "result":
				result = text
			}
		}
		c.OK = result == "successful"
		if c.OK || result == "failed" {
			all = append(all, c)
		}
	}
	return all
}
