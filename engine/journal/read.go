package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/podlab/podlab/internal/say"
)

// Read hands every complete record of the journal at path to tell, oldest
// first, without locking or repairing it: the journal may be in use. One that
// does not exist has no records.
func Read(path string, tell func(json.RawMessage)) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return say.Errorf("cannot read the journal: %w", err)
	}
	for line := range bytes.Lines(data) {
		if bytes.HasSuffix(line, []byte("\n")) && json.Valid(line) {
			tell(line)
		}
	}
	return nil
}

// Remove takes a journal away; one that is not there is no error. The error of a
// journal that is in use is a *BusyError.
func Remove(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	j, _, err := Open(path, func(json.RawMessage) error { return nil })
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return errors.Join(say.Errorf("cannot remove the journal: %w", err), j.Close())
	}
	return j.Close()
}
