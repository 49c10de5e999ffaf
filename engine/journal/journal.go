// Package journal keeps a file of JSON lines that survives the death of the
// program that writes it: records are appended, and a line that was
// torn by a crash is cut off when the file is opened again.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"

	"github.com/podlab/podlab/internal/say"
)

// BusyError says that another program has the journal open.
type BusyError struct {
	Path string
	PID  int // of the other program; 0 if it is not known
}

// Error implements error.
func (e *BusyError) Error() string { return e.Said().String() }

// Said implements [say.Sayer].
func (e *BusyError) Said() say.Text {
	if e.PID == 0 {
		return say.T("this lesson is open in another podlab: close it there first")
	}
	return say.T("this lesson is open in another podlab (process %d): close it there first", e.PID)
}

// Journal is an open file of records. Only Sync may be called beside its other
// methods.
type Journal struct {
	file *os.File
	lock *flock.Flock
}

// Open opens or makes the journal at path (mode 0600), locks it against other
// programs, and hands every complete record to replay, oldest first. A record
// that replay returns an error for, or that is not JSON, is skipped and counted.
// The error of a journal that is in use is a *BusyError.
func Open(path string, replay func(json.RawMessage) error) (j *Journal, skipped int, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, 0, say.Errorf("cannot make the journal's folder: %w", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, 0, say.Errorf("cannot lock the journal: %w", err)
	}
	if !locked {
		return nil, 0, &BusyError{Path: path, PID: holder(path + ".lock")}
	}
	opened := &Journal{lock: lock}
	defer func() {
		if err != nil {
			j, err = nil, errors.Join(err, opened.Close())
		}
	}()
	if err := os.WriteFile(path+".lock", []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, 0, say.Errorf("cannot write the journal's lock: %w: check that the disk is not full", err)
	}
	_, statErr := os.Stat(path)
	opened.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, say.Errorf("cannot open the journal: %w: check that it is a file you may write and that the disk is not full", err)
	}
	if errors.Is(statErr, fs.ErrNotExist) {
		if err := syncFolder(filepath.Dir(path)); err != nil {
			return nil, 0, err
		}
	}
	skipped, err = opened.replay(replay)
	return opened, skipped, err
}

// replay reads all lines and leaves the file cut after the last whole one.
func (j *Journal) replay(tell func(json.RawMessage) error) (skipped int, err error) {
	r := bufio.NewReader(j.file)
	var whole int64
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // what is left of a torn line
		}
		if err != nil {
			return skipped, say.Errorf("cannot read the journal: %w", err)
		}
		whole += int64(len(line))
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if !json.Valid(line) || tell(line) != nil {
			skipped++
		}
	}
	if err := j.file.Truncate(whole); err != nil {
		return skipped, say.Errorf("cannot repair the journal: %w", err)
	}
	if _, err := j.file.Seek(whole, io.SeekStart); err != nil {
		return skipped, say.Errorf("cannot repair the journal: %w", err)
	}
	return skipped, nil
}

// Append adds records. When it returns they outlive the program; a crash of the
// machine they outlive after Sync. After an error nothing of them is in the file,
// and a later Append can succeed.
func (j *Journal) Append(records ...any) error {
	var buf bytes.Buffer
	for _, r := range records {
		line, err := json.Marshal(r)
		if err != nil {
			return say.Errorf("cannot write the journal: %w", err)
		}
		buf.Write(line)
		buf.WriteByte('\n')
	}
	at, err := j.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return say.Errorf("cannot write the journal: %w", err)
	}
	if _, err = j.file.Write(buf.Bytes()); err != nil {
		// Take half a line back, so that the next record stays readable.
		_, seekErr := j.file.Seek(at, io.SeekStart)
		return say.Errorf("cannot write the journal: %w", errors.Join(err, j.file.Truncate(at), seekErr))
	}
	return nil
}

// Sync returns when all records are on the disk.
func (j *Journal) Sync() error {
	if err := j.file.Sync(); err != nil {
		return say.Errorf("cannot write the journal: %w", err)
	}
	return nil
}

// Close closes the file and lets others open it.
func (j *Journal) Close() error {
	var errs []error
	if j.file != nil {
		errs = append(errs, j.file.Close())
	}
	return errors.Join(append(errs, j.lock.Close())...)
}

// holder reads which program holds a lock.
func holder(path string) int {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0
	}
	return pid
}

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return say.Errorf("cannot open the journal's folder: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
