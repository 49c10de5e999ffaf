package offline

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTreeIsDeterministic(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(disk, []byte("on disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	nodes := map[string]node{
		"/usr/bin/a":  {kind: tar.TypeReg, mode: 0o755, data: []byte("in memory")},
		"/usr/bin/b":  {kind: tar.TypeSymlink, mode: 0o777, link: "a"},
		"/tmp":        {kind: tar.TypeDir, mode: 0o1777},
		"/usr/bin-ab": {kind: tar.TypeReg, mode: 0o600, uid: 101, gid: 102, disk: disk},
	}
	var first []byte
	for range 5 { // the order of a map's keys differs from time to time
		tr := make(tree)
		for p, n := range nodes {
			tr.add(p, n)
		}
		var out bytes.Buffer
		if err := tr.write(&out); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = out.Bytes()
		}
		if !bytes.Equal(first, out.Bytes()) {
			t.Fatal("the same tree gave another archive")
		}
	}

	var got []string
	for tr := tar.NewReader(bytes.NewReader(first)); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%c %o %d:%d %s %s %s", h.Typeflag, h.Mode, h.Uid, h.Gid, h.Name, h.Linkname, content))
		if !h.ModTime.Equal(epoch) {
			t.Errorf("%s has time %v", h.Name, h.ModTime)
		}
	}
	want := []string{
		"5 1777 0:0 tmp/  ",
		"5 755 0:0 usr/  ",
		"5 755 0:0 usr/bin/  ",
		"0 600 101:102 usr/bin-ab  on disk",
		"0 755 0:0 usr/bin/a  in memory",
		"2 777 0:0 usr/bin/b a ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLayerFailsWithItsFile(t *testing.T) {
	tr := make(tree)
	tr.add("/gone", node{kind: tar.TypeReg, disk: filepath.Join(t.TempDir(), "gone")})
	if _, err := NewLayer(tr.write); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
