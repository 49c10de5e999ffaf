package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/images"
)

// forged is a bundle like another one with programs as somebody would have them.
func forged(t *testing.T, file string, change func(programs []Program) []Program, content map[string]string) string {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }() // only read
	out, err := os.Create(filepath.Join(t.TempDir(), "forged"))
	if err != nil {
		t.Fatal(err)
	}
	from, to := tar.NewReader(in), tar.NewWriter(out)
	add := func(name string, raw []byte) {
		t.Helper()
		err := to.WriteHeader(header(name, int64(len(raw))))
		if err == nil {
			_, err = to.Write(raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for {
		h, err := from.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		raw, rerr := io.ReadAll(from)
		if err = errors.Join(err, rerr); err != nil {
			t.Fatal(err)
		}
		if h.Name == manifestFile {
			var m Manifest
			if err := json.Unmarshal(raw, &m); err != nil {
				t.Fatal(err)
			}
			m.Programs = change(m.Programs)
			if raw, err = json.Marshal(m); err != nil {
				t.Fatal(err)
			}
		}
		add(h.Name, raw)
	}
	for name, text := range content {
		add(programsFolder+"/"+name, []byte(text))
	}
	if err := errors.Join(to.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Name()
}

func program(name, text string) Program {
	h := sha256.Sum256([]byte(text))
	return Program{Name: name, Mode: 0o755, Size: int64(len(text)), SHA256: hex.EncodeToString(h[:])}
}

// Names that lead out of the programs' folder are refused, and so is what would
// be written through them.
func TestNamesThatLeadOut(t *testing.T) {
	_, file := made(t)
	for _, bad := range []Program{
		{Name: "out", Link: ".."},
		{Name: "out", Link: "."},
		{Name: "out", Link: "/"},
		{Name: "out", Link: "../out"},
		{Name: "out", Link: "cni/ptp"},
		{Name: "out", Link: "/etc"},
		program("../evil", "evil"),
		program("cni/../evil", "evil"),
		program("/evil", "evil"),
		program(".", "evil"),
		program("", "evil"),
	} {
		t.Run(bad.Name+" "+bad.Link, func(t *testing.T) {
			hostile := forged(t, file, func(all []Program) []Program {
				return append(all, bad, program("out/evil", "evil"))
			}, map[string]string{"out/evil": "evil"})
			to := empty(t)
			if _, err := Load(t.Context(), to, hostile, nil); err == nil || !strings.Contains(err.Error(), "would be written elsewhere: refused") {
				t.Errorf("error %v", err)
			}
			if left, err := os.ReadDir(filepath.Dir(to.Programs)); err != nil || len(left) != 0 {
				t.Errorf("written: %v, %v", left, err)
			}
		})
	}
}

// A link that is in the folder already leads nothing out of it either.
func TestLinksThatLeadOut(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("programs are loaded on Linux only")
	}
	_, file := made(t)
	for name, hostile := range map[string]string{
		"straight": file, // a program is in cni
		"by another name": forged(t, file, func(all []Program) []Program {
			return append(all, Program{Name: "also", Link: "cni"}, program("also/evil", "evil"))
		}, map[string]string{"also/evil": "evil"}),
	} {
		t.Run(name, func(t *testing.T) {
			to, outside := empty(t), t.TempDir()
			if err := errors.Join(os.Mkdir(to.Programs, 0o700), os.Symlink(outside, filepath.Join(to.Programs, "cni"))); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(t.Context(), to, hostile, nil); err == nil || !strings.Contains(err.Error(), "escapes") {
				t.Errorf("error %v", err)
			}
			if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
				t.Errorf("written outside: %v, %v", left, err)
			}
		})
	}
}

// coredns is a program that podlab takes for the node's CoreDNS.
func coredns(t *testing.T, out string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":     "module example.com/node\n\ngo 1.25\n\nrequire github.com/coredns/coredns v1.14.2\n\nreplace github.com/coredns/coredns => ./dns\n",
		"main.go":    "package main\n\nimport _ \"github.com/coredns/coredns\"\n\nfunc main() {}\n",
		"dns/go.mod": "module github.com/coredns/coredns\n\ngo 1.25\n",
		"dns/dns.go": "package dns\n",
	} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-o", out, ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0", "GOPROXY=off", "GOWORK=off", "GOFLAGS=")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// Where a bundle was loaded, its images fit its programs: nothing is built again.
func TestImagesFitTheirPrograms(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("programs are loaded on Linux only")
	}
	const ref = "registry.k8s.io/coredns/coredns:v1.14.2"
	ensure := func(c Config) (reports []string) {
		t.Helper()
		err := c.Store.Ensure(t.Context(), []string{ref}, images.Options{Mode: images.ModeOffline, Programs: c.Programs},
			func(p cluster.Progress) { reports = append(reports, p.Detail.String()) })
		if err != nil {
			t.Fatal(err)
		}
		return reports
	}
	from, file := empty(t), filepath.Join(t.TempDir(), "bundle")
	coredns(t, filepath.Join(from.Programs, "coredns"))
	if reports := ensure(from); len(reports) < 2 {
		t.Fatalf("it was not built: %q", reports)
	}
	if err := Create(t.Context(), from, []string{ref}, file, nil); err != nil {
		t.Fatal(err)
	}
	fresh, there := empty(t), empty(t)
	coredns(t, filepath.Join(there.Programs, "coredns")) // the same, built at another time
	for name, to := range map[string]Config{"fresh": fresh, "there already": there} {
		if _, err := Load(t.Context(), to, file, nil); err != nil {
			t.Fatal(err)
		}
		if reports := ensure(to); len(reports) != 1 {
			t.Errorf("%s: built again: %q", name, reports)
		}
	}
}

// old is a folder of programs of another build, with what a load that was killed
// has left.
func old(t *testing.T, dir string) {
	t.Helper()
	err := errors.Join(os.MkdirAll(filepath.Join(dir, "cni"), 0o700),
		os.Symlink("old-node", filepath.Join(dir, "kubelet")), os.Symlink("half", filepath.Join(dir, temporary+"kubelet")))
	for name, text := range map[string]string{"old-node": "old", "podlab-node": "old", "cni/ptp": "old", ".stamp": "old", temporary + "podlab-node": "half"} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// list is what is in a folder, with what is not whole left out.
func list(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), temporary) {
			return err
		}
		name := strings.TrimPrefix(file, dir+"/")
		if d.Type()&fs.ModeSymlink != 0 {
			all[name], err = os.Readlink(file)
			return err
		}
		raw, err := os.ReadFile(file)
		all[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Nothing is done to programs before there is one to put into place, and what
// a load has left that was killed is not in the way of the next.
func TestRefusedLeavesPrograms(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("programs are loaded on Linux only")
	}
	_, file := made(t)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoilt := range map[string][]byte{
		"in an image":          good[:bytes.Index(good, []byte("images/blobs/"))+1000],
		"in the first program": bytes.Replace(good, []byte("a plugin"), []byte("A plugin"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			to, bad := empty(t), filepath.Join(t.TempDir(), "bad")
			old(t, to.Programs)
			before := list(t, to.Programs)
			if err := os.WriteFile(bad, spoilt, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(t.Context(), to, bad, nil); err == nil {
				t.Fatal("it was loaded")
			}
			if diff := cmp.Diff(before, list(t, to.Programs)); diff != "" {
				t.Error(diff)
			}
			if _, err := Load(t.Context(), to, file, nil); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"old-node": "old", "podlab-node": "the node", "cni/ptp": "a plugin", "kubelet": "podlab-node", ".stamp": "1"}
			if diff := cmp.Diff(want, list(t, to.Programs)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
