//go:build live

package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/programs"
)

func testPrograms(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PODLAB_NODE_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "bin", "node")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	src, err := filepath.Abs(filepath.Join("..", "..", "node"))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := programs.Ensure(t.Context(), src, dir, func(p cluster.Progress) {
		if p.Done%100 == 0 {
			fmt.Println(p)
		}
	}); err != nil {
		t.Fatal(err)
	}
	t.Log("ensure", time.Since(began))
	return dir
}

func TestTry(t *testing.T) {
	dir := t.TempDir()
	p := New(Config{Name: "try", Dir: dir, Programs: testPrograms(t), ImageStore: os.Getenv("STORE")})
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	err := p.Up(ctx, func(p cluster.Progress) { fmt.Println(time.Since(began), p) })
	t.Log("up", time.Since(began), err)
	if os.Getenv("HOLD") != "" {
		fmt.Println("HOLD", dir)
		for {
			if _, err := os.Stat("/tmp/drv/go"); err == nil {
				break
			}
			time.Sleep(time.Second)
		}
	}
	if err != nil {
		_ = saveLogs(dir)
	}
	began = time.Now()
	t.Log(p.Down(context.Background()), time.Since(began))
}

func saveLogs(dir string) error {
	_ = os.RemoveAll("/tmp/drv/logs")
	return os.CopyFS("/tmp/drv/logs", os.DirFS(filepath.Join(dir, "logs")))
}
