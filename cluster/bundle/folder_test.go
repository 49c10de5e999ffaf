package bundle

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
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
