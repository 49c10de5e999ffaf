package kind

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/distribution/reference"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/yaml"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/programs"
)

func testProvider(t *testing.T) *Provider {
	t.Helper()
	return New(Config{Name: "unit", Dir: filepath.Join(t.TempDir(), "lab"), NodeImage: "node:1", ImageStore: "/store"})
}

// engineThat is an engine whose program does what the shell script says.
func engineThat(t *testing.T, script string) *Engine {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell script")
	}
	program := filepath.Join(t.TempDir(), "docker")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &Engine{Program: program}
}

func TestFind(t *testing.T) {
	docker, podman := engineThat(t, "echo 'Cannot connect to the Docker daemon' >&2; exit 1"), engineThat(t, "echo 5.0.1")
	bin, dir := t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+"/bin")
	_, err := Find(t.Context(), dir)
	if !errors.Is(err, ErrNoEngine) || !strings.Contains(err.Error(), "docker is not installed; podman is not installed") {
		t.Errorf("without engines: %v", err)
	}
	if err := os.Symlink(docker.Program, filepath.Join(bin, "docker")); err != nil {
		t.Fatal(err)
	}
	if _, err = Find(t.Context(), dir); !errors.Is(err, ErrNoEngine) || !strings.Contains(err.Error(), "Cannot connect to the Docker daemon") {
		t.Errorf("with a client only: %v", err)
	}
	if err := os.Symlink(podman.Program, filepath.Join(bin, "podman")); err != nil {
		t.Fatal(err)
	}
	if e, err := Find(t.Context(), dir); err != nil || e.Program != "podman" || e.Version != "5.0.1" {
		t.Errorf("found %+v, %v", e, err)
	}
}

// A lab stays with its engine, whichever answers first later.
func TestFindsTheLabsEngine(t *testing.T) {
	bin := t.TempDir()
	for _, name := range []string{"docker", "podman"} {
		if err := os.Symlink(engineThat(t, "case $1 in version) echo 5.0.1;; *) exit 1;; esac").Program, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+"/bin")
	p := testProvider(t)
	found := func(want string) {
		t.Helper()
		if e, err := Find(t.Context(), p.cfg.Dir); err != nil || e.Program != want {
			t.Errorf("found %+v, %v, want %s", e, err, want)
		}
	}
	found("docker")
	p.cfg.Engine = &Engine{Program: "podman"}
	if err := p.create(t.Context(), newReporter(nil), func() {}); err == nil {
		t.Fatal("it was made")
	}
	found("podman")
	if err := os.Remove(filepath.Join(bin, "podman")); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(t.Context(), p.cfg.Dir); !errors.Is(err, ErrNoEngine) || strings.Contains(err.Error(), "docker") {
		t.Errorf("error %v", err)
	}
	if err := p.removeShared(); err != nil {
		t.Fatal(err)
	}
	found("docker")
	if left, err := os.ReadDir(p.path("nodes")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestStatus(t *testing.T) {
	for name, c := range map[string]struct {
		ps     string
		state  cluster.State
		reason string
	}{
		"nothing":        {"", cluster.Absent, ""},
		"all stopped":    {"b-worker\tExited (137) 2 hours ago\na-cp\tExited (0)\nc-worker2\tCreated", cluster.Stopped, ""},
		"one stopped":    {"a-cp\tUp 2 minutes\nb-worker\tExited (1)\nc-worker2\tUp 2 minutes", cluster.Broken, "not running: b-worker"},
		"one missing":    {"a-cp\tUp 2 minutes\nb-worker\tUp 2 minutes", cluster.Broken, "2 nodes and should have 3"},
		"no API server":  {"a-cp\tUp 1 second\nb-worker\tUp 1 second\nc-worker2\tUp 1 second", cluster.Starting, "no kubeconfig"},
		"other messages": {"WARNING: this is no container", cluster.Absent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := testProvider(t)
			p.cfg.Engine = engineThat(t, "case \"$*\" in *label=io.x-k8s.kind.cluster=podlab-unit*) printf '%s\\n' '"+c.ps+"';; *) exit 1;; esac")
			s, err := p.Status(t.Context())
			if err != nil || s.State != c.state || !strings.Contains(s.Reason.String(), c.reason) || s.Provider != "kind" || s.Name != "unit" {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
	s, err := testProvider(t).Status(t.Context())
	if err != nil || s.State != cluster.Absent || !strings.Contains(s.Reason.String(), "no container engine") {
		t.Errorf("without an engine: %+v, %v", s, err)
	}
}

func TestUpWithoutEngine(t *testing.T) {
	if err := testProvider(t).Up(t.Context(), nil); !errors.Is(err, ErrNoEngine) {
		t.Errorf("%v", err)
	}
	if err := testProvider(t).Down(t.Context()); err != nil {
		t.Errorf("down: %v", err)
	}
}

// Containers alone are no lab: what a killed podlab left is removed and made anew,
// and a lab that was finished is started again.
func TestUpKnowsAnUnfinishedLab(t *testing.T) {
	all := `a-cp\tExited (0)\nb-worker\tExited (0)\nc-worker2\tExited (0)\n`
	for name, c := range map[string]struct {
		ps    string
		files []string
		want  string
	}{
		"killed while it was made":    {all, []string{"nodes"}, "rm info"},
		"still running":               {strings.ReplaceAll(all, "Exited (0)", "Up 1 second"), []string{"nodes"}, "rm info"},
		"stopped":                     {all, []string{"nodes", "kubeconfig"}, "start stop"},
		"made from another folder":    {all, nil, "start stop"},
		"its containers were removed": {"", []string{"nodes", "kubeconfig"}, "info"},
		"one container was removed":   {`a-cp\tUp 1 second\n`, []string{"nodes", "kubeconfig"}, "rm info"},
	} {
		t.Run(name, func(t *testing.T) {
			p := testProvider(t)
			for _, name := range append(c.files, ".") {
				if err := os.MkdirAll(p.path(name), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			// It fails at whatever makes or starts the lab.
			log := p.path("log")
			p.cfg.Engine = engineThat(t, `case $1 in
ps) [ -e `+log+`.rm ] || printf '`+c.ps+`';;
image) ;;
rm) echo rm >>`+log+`; touch `+log+`.rm;;
stop) echo stop >>`+log+`;;
start) echo start >>`+log+`; exit 1;;
info) echo info >>`+log+`; [ ! -e `+p.Kubeconfig()+` ] || echo with an old kubeconfig >>`+log+`; exit 1;;
*) exit 1;;
esac`)
			t.Setenv("PATH", filepath.Dir(p.cfg.Engine.Program)+string(filepath.ListSeparator)+os.Getenv("PATH")) // for kind's library
			if err := p.Up(t.Context(), nil); err == nil {
				t.Fatal("it is up")
			}
			said, err := os.ReadFile(log)
			if got := strings.Join(slices.Compact(strings.Fields(string(said))), " "); err != nil || got != c.want {
				t.Errorf("the engine was told %q, want %q: %v", got, c.want, err)
			}
		})
	}
}

// An engine that never removes a container does not keep podlab: the user is
// told what to do.
func TestRemoveIsBounded(t *testing.T) {
	p := testProvider(t)
	p.cfg.Engine = engineThat(t, "case $1 in ps) printf 'a\\tUp 1 second\\n';; rm) exec sleep 600;; esac")
	limited, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := p.remove(limited); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "rm --force --volumes a' and this again") {
		t.Errorf("error %v", err)
	}
}

// Nodes are equipped while kind still waits for them, and a start that fails
// waits for that to end before it is undone.
func TestEquipsNodesThatStart(t *testing.T) {
	p := testProvider(t)
	p.cfg.Addons = true
	log := filepath.Join(t.TempDir(), "log")
	p.cfg.Engine = engineThat(t, "case $1 in ps) printf 'a\\tUp 1 second\\nb\\tUp 1 second\\n';; exec) echo \"$*\" >>"+log+";; esac")
	broken := errors.New("no")
	err := p.start(t.Context(), newReporter(nil), func(ctx context.Context, _ *reporter, running func()) error {
		running()
		running()
		for ctx.Err() == nil {
			if said, err := os.ReadFile(log); err == nil && strings.Contains(string(said), "exec a test") {
				return broken
			}
		}
		return ctx.Err()
	}, func(context.Context) error { return nil })
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	said, err := os.ReadFile(log)
	if err != nil || strings.Count(string(said), "mkdir") != 2 || strings.Contains(string(said), "import") {
		t.Errorf("the nodes were told %v:\n%s", err, said)
	}
}

// An image that cannot be pulled is the engine's last word and what to do.
func TestEnsureImageFails(t *testing.T) {
	p := testProvider(t)
	p.cfg.Engine = engineThat(t, "case $1 in pull) echo 'x: Pulling fs layer'; echo 'trying' >&2; echo 'toomanyrequests: rate limit' >&2; exit 1;; *) exit 1;; esac")
	var last cluster.Progress
	err := p.ensureImage(t.Context(), newReporter(func(r cluster.Progress) { last = r }))
	if err == nil || !strings.Contains(err.Error(), "toomanyrequests: rate limit") || !strings.Contains(err.Error(), "podlab images node") {
		t.Errorf("error %v", err)
	}
	if last.Stage != StageNodeImage || !last.Finished || !errors.Is(last.Err, err) || last.Total != 1 {
		t.Errorf("last report %+v", last)
	}
}

func TestFollowPull(t *testing.T) {
	var got []int64
	followPull(strings.NewReader("v1: Pulling from podlab/node\naaa: Pulling fs layer\nbbb: Waiting\nccc: Already exists\naaa: Download complete\naaa: Pull complete\nDigest: sha256:1\nStatus: Downloaded newer image"),
		func(done, total int64, _ string) { got = append(got, done*10+total) })
	if want := []int64{1, 2, 13, 23}; !slices.Equal(got, want) {
		t.Errorf("done and total %v, want %v", got, want)
	}
}

// The documented image is named by digest, and is of the minor version that the
// lessons are verified on.
func TestPinnedImage(t *testing.T) {
	named, err := reference.ParseNormalizedNamed(PinnedImage)
	if err != nil {
		t.Fatal(err)
	}
	tagged, ok := named.(reference.Tagged)
	if _, digested := named.(reference.Digested); !ok || !digested {
		t.Fatalf("%s has no version or no digest", PinnedImage)
	}
	minor := programs.Kubernetes[:strings.LastIndex(programs.Kubernetes, ".")+1]
	if !strings.HasPrefix(tagged.Tag(), minor) {
		t.Errorf("it is %s, and the lessons are verified on %s", tagged.Tag(), programs.Kubernetes)
	}
}

// kind is told of the two workers, the shared folders and every setting.
func TestClusterConfig(t *testing.T) {
	p := testProvider(t)
	config, err := p.clusterConfig()
	if err != nil {
		t.Fatal(err)
	}
	if config.Name != "podlab-unit" || len(config.Nodes) != 3 || config.Nodes[0].Role != v1alpha4.ControlPlaneRole {
		t.Errorf("config %+v", config)
	}
	folders := make(map[string]bool)
	for _, n := range config.Nodes {
		if n.Image != "node:1" || len(n.ExtraMounts) != 2 || n.ExtraMounts[0].ContainerPath != kubeletDropIn || !n.ExtraMounts[1].Readonly {
			t.Errorf("node %+v", n)
			continue
		}
		folders[n.ExtraMounts[0].HostPath] = true
		if info, err := os.Stat(n.ExtraMounts[0].HostPath); err != nil || !info.IsDir() {
			t.Errorf("shared folder: %v", err)
		}
	}
	if len(folders) != 3 {
		t.Errorf("nodes share a folder: %v", folders)
	}
	if _, err := os.Stat(p.Trace()); err != nil {
		t.Errorf("no trace of the nodes: %v", err)
	}
	for _, patch := range config.KubeadmConfigPatchesJSON6902 {
		var ops []struct{ Op, Path string }
		if err := yaml.Unmarshal([]byte(patch.Patch), &ops); err != nil || len(ops) == 0 || ops[0].Op != "add" || ops[0].Path == "" {
			t.Errorf("patch of %s: %v", patch.Kind, err)
		}
	}
}

// What the nodes shared goes with them; an embedded cluster's files stay.
func TestRemoveShared(t *testing.T) {
	p := testProvider(t)
	if _, err := p.clusterConfig(); err != nil {
		t.Fatal(err)
	}
	etc := p.path("nodes", "worker-1", "etc")
	if err := os.Mkdir(etc, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := p.removeShared(); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(p.path("nodes", "*", "*"))
	if _, gone := os.Stat(p.Trace()); err != nil || !slices.Equal(left, []string{etc}) || !os.IsNotExist(gone) {
		t.Errorf("left are %q, %v; the trace: %v", left, err, gone)
	}
}

func TestLoggerTellsPhases(t *testing.T) {
	var file bytes.Buffer
	var phases []string
	l := &logger{w: &file, begin: func(p string) { phases = append(phases, p) }}
	l.V(0).Infof(" • %s  ...\n", "Joining worker nodes 🚜")
	l.V(0).Infof(" ✓ %s\n", "Joining worker nodes 🚜")
	l.V(3).Info("• not a phase")
	l.Warnf("cgroup %s", "v1")
	if !slices.Equal(phases, []string{"Joining worker nodes 🚜"}) {
		t.Errorf("phases %q", phases)
	}
	if lines := strings.Count(file.String(), "\n"); lines != 4 || !strings.Contains(file.String(), "cgroup v1") {
		t.Errorf("log:\n%s", file.String())
	}
}

// Stages follow one another, each finished once.
func TestReporter(t *testing.T) {
	var got []string
	r := newReporter(func(p cluster.Progress) {
		mark := string(p.Stage)
		if p.Finished {
			mark += "."
		}
		if p.Err != nil {
			mark += "!"
		}
		got = append(got, mark)
	})
	r.detail(1, 2, "before any stage")
	r.begin("a")
	r.begin("a")
	r.detail(0, 0, "x")
	r.begin("b")
	r.fail(context.Canceled)
	r.fail(context.Canceled)
	if want := []string{"a", "a", "a.", "b", "b.!"}; !slices.Equal(got, want) {
		t.Errorf("reports %q, want %q", got, want)
	}
}

func TestParseImages(t *testing.T) {
	have := parseImages("REF TYPE DIGEST SIZE PLATFORMS LABELS\ndocker.io/library/a:1 application/x sha256:aa 1.0 MiB linux/amd64 -\nbroken line\n")
	if len(have) != 1 || have["docker.io/library/a:1"] != "sha256:aa" {
		t.Errorf("images %v", have)
	}
}

func TestExecTellsHowACommandEnded(t *testing.T) {
	p := testProvider(t)
	p.cfg.Engine = engineThat(t, "echo \"$*\"; echo oops >&2; exit 3")
	var out bytes.Buffer
	err := p.Exec(t.Context(), "n", []string{"ls", "/x"}, cluster.Stdio{Out: &out})
	var exit *cluster.ExitError
	if !errors.As(err, &exit) || exit.Code != 3 || strings.TrimSpace(exit.Output) != "oops" || out.String() != "exec n ls /x\n" {
		t.Errorf("%v, %q", err, out.String())
	}
}
