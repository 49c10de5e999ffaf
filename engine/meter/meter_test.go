package meter

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/engine/picture"
)

var (
	now = time.Date(2026, 11, 22, 1, 32, 48, 0, time.UTC)
	one = strings.Repeat("1", 64)
	two = strings.Repeat("2", 64)
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       []map[string]picture.Reading
	}{
		{
			"version 2, with a limit of CPU", `==> /sys/fs/cgroup/kubepods.slice/cri-containerd-` + one + `.scope/memory.current <==
104857600

==> /sys/fs/cgroup/kubepods.slice/cri-containerd-` + one + `.scope/memory.stat <==
anon 100000000
inactive_file 4857600

==> /sys/fs/cgroup/kubepods.slice/cri-containerd-` + one + `.scope/cpu.stat <==
usage_usec 1500000
nr_periods 20
nr_throttled 5

.
`,
			[]map[string]picture.Reading{{one: {At: now, Run: one, Memory: 100000000, CPU: 1500 * time.Millisecond, Periods: 20, Throttled: 5}}},
		},
		{
			"version 1, two containers and a second without any", `==> /sys/fs/cgroup/memory/pod/` + one + `/memory.usage_in_bytes <==
5000
==> /sys/fs/cgroup/memory/pod/` + one + `/memory.stat <==
inactive_file 1
total_inactive_file 2000
==> /sys/fs/cgroup/cpu/pod/` + one + `/cpu.stat <==
nr_periods 0
nr_throttled 0
==> /sys/fs/cgroup/cpuacct/pod/` + one + `/cpuacct.usage <==
7000000
==> /sys/fs/cgroup/memory/pod/` + two + `/memory.usage_in_bytes <==
1
.

.
`,
			[]map[string]picture.Reading{{one: {At: now, Run: one, Memory: 3000, CPU: 7 * time.Millisecond}}},
		},
		{"a second that was cut off", "==> /a/" + one + "/memory.current <==\n5\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []map[string]picture.Reading
			err := parse(strings.NewReader(tt.text), func() time.Time { return now }, func(r map[string]picture.Reading) { got = append(got, r) })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("readings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseCounts(t *testing.T) {
	text := `# TYPE prober_probe_total counter
prober_probe_total{container="liveness",namespace="default",pod="liveness-exec",pod_uid="u1",probe_type="Liveness",result="failed"} 3
prober_probe_total{container="liveness",namespace="default",pod="liveness-exec",pod_uid="u1",probe_type="Liveness",result="successful"} 1.2e+01
prober_probe_total{container="liveness",namespace="default",pod="liveness-exec",pod_uid="u1",probe_type="Liveness",result="unknown"} 1
prober_probe_duration_seconds_sum{container="liveness"} 3
`
	want := []picture.Count{
		{UID: "u1", Container: "liveness", Kind: "liveness", N: 3},
		{UID: "u1", Container: "liveness", Kind: "liveness", OK: true, N: 12},
	}
	if diff := cmp.Diff(want, parseCounts(text)); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// tree is a node's cgroups, in a folder.
type tree struct {
	t    *testing.T
	root string
}

func (tr tree) container(pod, id, memory string) string {
	tr.t.Helper()
	dir := filepath.Join(tr.root, "kubepods.slice", "kubepods-pod"+pod+".slice", "cri-containerd-"+id+".scope")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		tr.t.Fatal(err)
	}
	for name, text := range map[string]string{"memory.current": memory, "memory.stat": "inactive_file 0", "cpu.stat": "usage_usec 5"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
			tr.t.Fatal(err)
		}
	}
	return dir
}

// A reader that ends by itself, as with its node, ends Node.
func TestNodeEndsWithItsReader(t *testing.T) {
	run := func(_ context.Context, _ string, _ []string, stdio cluster.Stdio) error {
		cmd := exec.Command("true")
		cmd.Stdin, cmd.Stdout = stdio.In, stdio.Out
		return cmd.Run()
	}
	ended := make(chan error, 1)
	go func() { ended <- Node(t.Context(), run, "worker-1", []string{"aa-bb"}, nil) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Node waits on after its reader has ended")
	}
}

// The script itself, in the machine's shell: a container that was started anew is
// read without another word, others' Pods are not, and the end of its input ends it.
func TestNodeReadsWhatComesAndGoes(t *testing.T) {
	tr := tree{t, t.TempDir()}
	first := tr.container("aa_bb", one, "100")
	tr.container("ff", strings.Repeat("f", 64), "1")
	ended := make(chan error, 1)
	run := func(ctx context.Context, node string, argv []string, stdio cluster.Stdio) error {
		if node != "worker-1" {
			t.Errorf("it runs on %s", node)
		}
		argv = slices.Clone(argv)
		argv[slices.Index(argv, cgroups)] = tr.root
		// As an engine's exec: an end of ctx leaves the program running.
		cmd := exec.CommandContext(context.WithoutCancel(ctx), argv[0], argv[1:]...)
		cmd.Stdin, cmd.Stdout = stdio.In, stdio.Out
		err := cmd.Run()
		ended <- err
		return err
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var seen []string
	err := Node(ctx, run, "worker-1", []string{"aa-bb"}, func(r map[string]picture.Reading) {
		ids := slices.Collect(maps.Keys(r))
		if len(ids) != 1 || len(seen) > 0 && seen[len(seen)-1] == ids[0] {
			return
		}
		seen = append(seen, ids[0])
		switch len(seen) {
		case 1:
			if r[one].Memory != 100 {
				t.Errorf("the first reading is %+v", r)
			}
			if err := os.RemoveAll(first); err != nil {
				t.Error(err)
			}
			tr.container("aa_bb", two, "200")
		case 2:
			cancel()
		}
	})
	if err := <-ended; err != nil {
		t.Errorf("the reader ended with %v", err)
	}
	if err != nil && ctx.Err() == nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{one, two}, seen); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
}
