//go:build linux

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestSpecOf(t *testing.T) {
	for line, want := range map[string]string{
		"podlab-runc --root /r --log /l create --bundle /b --pid-file /p id": "/b/config.json",
		"podlab-runc run -b /b id":                                           "/b/config.json",
		"podlab-runc create --bundle=/b id":                                  "/b/config.json",
		"podlab-runc --root /r exec --process /tmp/p.json --pid-file /p id":  "/tmp/p.json",
		"podlab-runc --root /r exec -p /tmp/p.json id":                       "/tmp/p.json",
		"podlab-runc --root /r start id":                                     "",
		"podlab-runc --root /r state id":                                     "",
		"podlab-runc --root /r kill --all id 9":                              "",
		"podlab-runc --root /r --systemd-cgroup=false run --bundle /other x": "/other/config.json",
	} {
		if got := specOf(strings.Fields(line)); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// Only the one capability and the limits go, of a container and of a process
// that is added to one.
func TestRewrite(t *testing.T) {
	const process = `{"args":["sh"],"rlimits":[{"type":"RLIMIT_NOFILE"}],"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE"],"effective":["CAP_SYS_RESOURCE"]}}`
	const wanted = `{"args":["sh"],"capabilities":{"bounding":["CAP_CHOWN"],"effective":[]}}`
	for name, c := range map[string]struct{ spec, want string }{
		"container": {`{"ociVersion":"1.0.2","process":` + process + `,"linux":{"namespaces":[]}}`, `{"ociVersion":"1.0.2","process":` + wanted + `,"linux":{"namespaces":[]}}`},
		"process":   {process, wanted},
	} {
		file := filepath.Join(t.TempDir(), "spec.json")
		if err := os.WriteFile(file, []byte(c.spec), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := rewrite(file); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, want %s", name, raw, c.want)
		}
	}
}
