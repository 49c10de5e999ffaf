package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"

	"github.com/podlab/podlab/internal/say"
)

// folder is that of the node's programs, which a bundle's are written to.
// Whatever a bundle says, and whatever links there are, nothing outside of it is
// written. A nil one takes programs and writes none.
type folder struct {
	root *os.Root
	all  []Program // of the bundle
}

// temporary begins the name of what is not whole yet.
const temporary = ".load-"

// begin opens the folder for the programs of a bundle.
func (c Config) begin(all []Program) (*folder, error) {
	if runtime.GOOS != "linux" || c.Programs == "" || len(all) == 0 {
		return nil, nil // nothing here runs them
	}
	if err := os.MkdirAll(c.Programs, 0o755); err != nil { //nolint:gosec // programs, not secrets
		return nil, err
	}
	root, err := os.OpenRoot(c.Programs)
	if err != nil {
		return nil, err
	}
	return &folder{root: root, all: all}, nil
}

// links makes the programs' other names.
func (f *folder) links() error {
	if f == nil {
		return nil
	}
	for _, prog := range f.all {
		if prog.Link == "" {
			continue
		}
		if err := f.link(prog); err != nil {
			return err
		}
	}
	return nil
}

// replace puts what is whole into its place. First it takes away what vouches
// for the programs that are there: from now on, some of them are others. What
// vouches for the new ones comes last.
func (f *folder) replace(tmp string, prog Program) error {
	for _, stamp := range f.all {
		if !stamp.isStamp() || prog.isStamp() {
			continue
		}
		if err := f.remove(stamp.Name); err != nil {
			return err
		}
	}
	return f.root.Rename(tmp, prog.Name)
}

func (f *folder) close() {
	if f != nil {
		_ = f.root.Close() // the files in it are closed
	}
}

// program writes one program, if it is not there already. One that is in use is
// replaced whole, so that what runs goes on.
func (f *folder) program(r io.Reader, prog Program) (err error) {
	if f == nil {
		return nil
	}
	if prog.isStamp() {
		if err := f.links(); err != nil {
			return err
		}
	}
	if have, err := sum(f.root.Open, prog.Name); err == nil && have == prog.SHA256 {
		return nil
	}
	tmp, err := f.temporary(prog.Name)
	if err != nil {
		return err
	}
	file, err := f.root.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.root.Remove(tmp))
		}
	}()
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(file, h), r)
	if err = errors.Join(err, file.Chmod(prog.Mode.Perm()), file.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != prog.SHA256 {
		return say.Errorf("program %s does not match its digest: %s was promised, %s came: refused", prog.Name, prog.SHA256, got)
	}
	return f.replace(tmp, prog)
}

// link makes a program another name of the one beside it.
func (f *folder) link(prog Program) error {
	if have, err := f.root.Readlink(prog.Name); err == nil && have == prog.Link {
		return nil
	}
	tmp, err := f.temporary(prog.Name)
	if err != nil {
		return err
	}
	if err := f.root.Symlink(prog.Link, tmp); err != nil {
		return err
	}
	return f.replace(tmp, prog)
}

// temporary names a file beside a program to be, which it makes room for: a load
// that was killed may have left one.
func (f *folder) temporary(name string) (string, error) {
	if err := f.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return "", err
	}
	tmp := path.Join(path.Dir(name), temporary+path.Base(name))
	return tmp, f.remove(tmp)
}

// remove removes a file, if it is there.
func (f *folder) remove(name string) error {
	if err := f.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
