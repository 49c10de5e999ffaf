package offline

import (
	"archive/tar"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/internal/say"
)

func TestFirstChoices(t *testing.T) {
	got := firstChoices("libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0, python3:any, nginx-common (<< 2), \n")
	if diff := cmp.Diff([]string{"libc6", "debconf", "python3", "nginx-common"}, got); diff != "" {
		t.Error(diff)
	}
	if got := firstChoices("\n"); got != nil {
		t.Errorf("no dependencies gave %q", got)
	}
}

func TestIntact(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.deb")
	if err := os.WriteFile(file, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	const sum = "SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if !intact(file, sum) {
		t.Error("the right file was refused")
	}
	if intact(file, strings.Replace(sum, "b", "c", 1)) {
		t.Error("a wrong file was accepted")
	}
	if intact(file+"x", sum) {
		t.Error("a file that is not there was accepted")
	}
}

// fakeApt puts an apt-get and a dpkg-deb before the real ones. The first
// answers as the script says and writes its arguments to the returned file.
func fakeApt(t *testing.T, script string) (log string) {
	t.Helper()
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	text := fmt.Sprintf("#!/bin/sh\necho \"$*\" >>%s\ncd_dir=%s\n%s\n", log, dir, script)
	if err := os.WriteFile(filepath.Join(dir, "apt-get"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return log
}

func calls(t *testing.T, log string) string {
	t.Helper()
	raw, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

const (
	abcSum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	answer = `
case "$*" in
*update*) touch $cd_dir/updated ;;
*--print-uris*)
  if [ -n "$NEEDS_UPDATE" ] && [ ! -e $cd_dir/updated ]; then echo "E: Unable to locate package a" >&2; exit 100; fi
  echo "'http://deb.test/a_1.deb' a_1%3a2_amd64.deb 3 SHA256:` + abcSum + `" ;;
*download*) printf '%s' "$CONTENT" >a_1%3a2_amd64.deb ;;
esac`
)

func TestFetch(t *testing.T) {
	log := fakeApt(t, answer)
	t.Setenv("CONTENT", "abc")
	var said []string
	a := apt{cache: filepath.Join(t.TempDir(), "debs"), report: func(s say.Text) { said = append(said, s.String()) }}
	for range 2 {
		paths, err := a.fetch(t.Context(), []string{"a"})
		if err != nil {
			t.Fatal(err)
		}
		if raw, err := os.ReadFile(paths["a"]); err != nil || string(raw) != "abc" {
			t.Errorf("%q, %v", raw, err)
		}
	}
	if n := strings.Count(calls(t, log), "root -- a"); n != 1 {
		t.Errorf("downloaded %d times, want once and then from the cache:\n%s", n, calls(t, log))
	}
	if diff := cmp.Diff([]string{"downloading Debian packages: a"}, said); diff != "" {
		t.Error(diff)
	}
	left, err := os.ReadDir(a.cache)
	if err != nil || len(left) != 1 {
		t.Errorf("the cache holds %v, %v", left, err)
	}
}

func TestFetchUpdatesLists(t *testing.T) {
	log := fakeApt(t, answer)
	t.Setenv("CONTENT", "abc")
	t.Setenv("NEEDS_UPDATE", "1")
	var said []string
	a := apt{cache: t.TempDir(), report: func(s say.Text) { said = append(said, s.String()) }}
	if _, err := a.fetch(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if len(said) != 2 || !strings.Contains(said[0], "apt-get update") {
		t.Errorf("said %q", said)
	}
	if n := strings.Count(calls(t, log), "update"); n != 1 {
		t.Errorf("%d updates:\n%s", n, calls(t, log))
	}
}

func TestFetchErrors(t *testing.T) {
	for name, tc := range map[string]struct{ script, content, want string }{
		"wrong content":   {answer, "xyz", "does not match its checksum"},
		"unknown package": {`echo "E: Unable to locate package a" >&2; exit 100`, "", "Unable to locate package a"},
		"no source":       {`exit 0`, "", "no source for Debian package a"},
	} {
		t.Run(name, func(t *testing.T) {
			fakeApt(t, tc.script)
			t.Setenv("CONTENT", tc.content)
			a := apt{cache: t.TempDir(), report: func(say.Text) {}}
			if _, err := a.fetch(t.Context(), []string{"a"}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if left, err := os.ReadDir(a.cache); err != nil || len(left) != 0 {
				t.Errorf("the cache holds %v, %v", left, err)
			}
		})
	}
	t.Run("no apt-get", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		a := apt{cache: t.TempDir(), report: func(say.Text) {}}
		if _, err := a.fetch(t.Context(), []string{"a"}); err == nil || !strings.Contains(err.Error(), "use a Debian or Ubuntu machine") {
			t.Errorf("error %v", err)
		}
	})
}

func TestFindLibrary(t *testing.T) {
	file := node{kind: tar.TypeReg}
	debs := archiveFiles{
		"libz": {files: map[string]node{"/lib/x86_64-linux-gnu/libz.so.1": file}},
		"libc": {files: map[string]node{
			"/usr/lib64/ld-linux-x86-64.so.2":           file,
			"/usr/lib/x86_64-linux-gnu/libc.so.6":       file,
			"/usr/lib/x86_64-linux-gnu/deep/libdeep.so": file,
			"/usr/share/libshared.so":                   file,
		}},
	}
	for lib, want := range map[string]string{
		"libz.so.1":                   "libz /lib/x86_64-linux-gnu/libz.so.1",
		"libc.so.6":                   "libc /usr/lib/x86_64-linux-gnu/libc.so.6",
		"/lib64/ld-linux-x86-64.so.2": "libc /usr/lib64/ld-linux-x86-64.so.2",
		"libdeep.so":                  " ",
		"libshared.so":                " ",
	} {
		if owner, p := debs.find(lib); owner+" "+p != want {
			t.Errorf("find(%s) = %s %s, want %s", lib, owner, p, want)
		}
	}
}

func TestCopyFollowsLinks(t *testing.T) {
	d := &deb{files: map[string]node{
		"/lib/a/l.so":   {kind: tar.TypeSymlink, link: "l.so.1"},
		"/lib/a/l.so.1": {kind: tar.TypeSymlink, link: "/usr/lib/l.so.1.2"},
		"/usr/lib/l.so.1.2": {
			kind: tar.TypeReg, data: []byte("content"),
		},
		"/loop":    {kind: tar.TypeSymlink, link: "loop"},
		"/nowhere": {kind: tar.TypeSymlink, link: "gone"},
	}}
	tr := make(tree)
	content, err := d.copy(tr, "/lib/a/l.so")
	if err != nil || string(content) != "content" {
		t.Errorf("%q, %v", content, err)
	}
	for _, p := range []string{"/lib/a/l.so", "/lib/a/l.so.1", "/usr/lib/l.so.1.2"} {
		if _, ok := tr[p]; !ok {
			t.Errorf("%s was not copied", p)
		}
	}
	for _, p := range []string{"/loop", "/nowhere"} {
		if _, err := d.copy(tr, p); err == nil {
			t.Errorf("%s was copied", p)
		}
	}
}

func TestNeeded(t *testing.T) {
	if libs, err := needed([]byte("#!/bin/sh\n")); err != nil || libs != nil {
		t.Errorf("a script needs %q, %v", libs, err)
	}
	if _, err := needed([]byte("\x7fELF and no more")); err == nil {
		t.Error("a broken ELF file was read")
	}
	// apt-get's own dpkg-deb is linked dynamically on every Debian.
	raw, err := os.ReadFile("/usr/bin/dpkg-deb")
	if err != nil {
		t.Skip("not a Debian machine:", err)
	}
	libs, err := needed(raw)
	if err != nil || len(libs) < 2 || libs[0] == "" || !strings.HasPrefix(libs[len(libs)-1], "/lib") {
		t.Errorf("dpkg-deb needs %q, %v; want libraries and then the loader's path", libs, err)
	}
}

func TestFromDeb(t *testing.T) {
	text := node{kind: tar.TypeReg, data: []byte("text")}
	debs := archiveFiles{"a": {files: map[string]node{
		"/bin": {kind: tar.TypeSymlink, link: "usr/bin"}, "/usr/bin/x": text, "/usr/share/doc/x": text, "/share/a": {kind: tar.TypeDir},
		"/share/a/b": {kind: tar.TypeDir}, "/share/a/b/one": text, "/share/a/two": {kind: tar.TypeSymlink, link: "b/one"}, "/share/ab": text,
	}}}
	for name, tc := range map[string]struct {
		file File
		want []string // nil: an error
	}{
		"file":       {File{Path: "/usr/bin/x", Deb: "a"}, []string{"/usr", "/usr/bin", "/usr/bin/x"}},
		"merged usr": {File{Path: "/bin/x", Deb: "a"}, []string{"/bin", "/bin/x"}},
		"renamed":    {File{Path: "/y", Deb: "a", From: "/usr/bin/x"}, []string{"/y"}},
		"folder":     {File{Path: "/c", Deb: "a", From: "/share/a"}, []string{"/c", "/c/b", "/c/b/one", "/c/two"}},
		"all but documentation": {File{Path: "/", Deb: "a"}, []string{
			"/bin", "/share", "/share/a", "/share/a/b", "/share/a/b/one", "/share/a/two", "/share/ab", "/usr", "/usr/bin", "/usr/bin/x",
		}},
		"nothing": {File{Path: "/none", Deb: "a"}, nil},
		"link":    {File{Path: "/bin", Deb: "a"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tr := make(tree)
			err := new(Builder).fromDeb(t.Context(), tr, debs, tc.file)
			if got := slices.Sorted(maps.Keys(tr)); !slices.Equal(got, tc.want) || (err == nil) != (tc.want != nil) {
				t.Errorf("%q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

func TestUnpackedPaths(t *testing.T) {
	for p, want := range map[string]string{
		"/bin/mount": "/usr/bin/mount", "/lib/x86_64-linux-gnu/libc.so.6": "/usr/lib/x86_64-linux-gnu/libc.so.6",
		"/usr/bin/docker": "/usr/bin/docker", "/etc/init.d/docker": "/etc/init.d/docker", "/library": "/library",
	} {
		if got := merged(p); got != want {
			t.Errorf("%s: %s, want %s", p, got, want)
		}
	}
}

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	for p, n := range map[string]node{
		"usr/bin/x": {kind: tar.TypeReg, mode: 0o755, data: []byte("program")},
		"usr/bin/y": {kind: tar.TypeSymlink, link: "x"},
		"var/empty": {kind: tar.TypeDir},
	} {
		if err := unpack(n, filepath.Join(dir, p)); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "usr/bin/y")); err != nil || string(text) != "program" {
		t.Errorf("through the link: %q, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "usr/bin/x")); err != nil || info.Mode() != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Join(dir, "var/empty")); err != nil || !info.IsDir() {
		t.Errorf("folder: %v", err)
	}
}
