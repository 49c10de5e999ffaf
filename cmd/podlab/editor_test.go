package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEditor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file.yaml")
	for _, tt := range []struct{ name, visual, editor, want string }{
		{"VISUAL counts before EDITOR", "sed -i s/a/visual/", "sed -i s/a/editor/", "visual"},
		{"EDITOR alone, quoted as a shell reads it", "", "sed -i 's/a/one word/'", "one word"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte("a"), 0o600); err != nil {
				t.Fatal(err)
			}
			env := func(name string) string { return map[string]string{"VISUAL": tt.visual, "EDITOR": tt.editor}[name] }
			cmd, err := editor(env, file, strings.NewReader(""), os.Stderr, os.Stderr)
			if err == nil {
				err = cmd.Run()
			}
			if got, _ := os.ReadFile(file); err != nil || string(got) != tt.want {
				t.Errorf("the file has %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := editor(func(string) string { return "" }, file, nil, nil, nil); !errors.Is(err, errNoEditor) {
		t.Errorf("without an editor: %v", err)
	}
}
