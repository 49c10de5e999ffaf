package offline

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/podlab/podlab/internal/say"
)

// hashProgram hashes what tells a program from any other: its size and Go's build
// ID, which holds a hash of its content and is read in no time. A program without
// one is hashed as a whole. When and where it was written does not count, so
// that programs that were carried to another machine still fit their images.
func hashProgram(w io.Writer, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return say.Errorf("%w: run 'make node'", err)
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(w, "%s %d\n", filepath.Base(file), info.Size()) // a hash takes everything
	if id := buildID(f); len(id) > 0 {
		_, err = w.Write(id)
		return err
	}
	_, err = io.Copy(w, io.NewSectionReader(f, 0, info.Size()))
	return err
}

// buildID is what Go's linker notes in a program, nil where there is none.
func buildID(program io.ReaderAt) []byte {
	f, err := elf.NewFile(program)
	if err != nil {
		return nil
	}
	note := f.Section(".note.go.buildid")
	if note == nil {
		return nil
	}
	id, err := note.Data()
	if err != nil {
		return nil
	}
	return id
}
